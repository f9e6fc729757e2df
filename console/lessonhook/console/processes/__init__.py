"""Child processes of the demo and of `lessonhook run`: a server, a worker, Flower."""

from lessonhook.console.processes.child import Child
from lessonhook.console.processes.ports import LOOPBACK, free_port, is_free
from lessonhook.console.processes.server import server_command, server_url
from lessonhook.console.processes.waiting import TookTooLong, wait_until

__all__ = ["LOOPBACK", "Child", "TookTooLong", "free_port", "is_free", "server_command", "server_url", "wait_until"]
