"""Child processes: a server, a worker, Flower. The demo, `lessonhook run`, the tests and bench start theirs here."""

from lessonhook.console.processes.celery import APPLICATION, celery_command, flower_command
from lessonhook.console.processes.child import Child, Output
from lessonhook.console.processes.ports import LOOPBACK, free_port, is_free
from lessonhook.console.processes.server import ServerNotInstalled, server_command, server_program, server_url
from lessonhook.console.processes.waiting import TookTooLong, wait_until

__all__ = [
    "APPLICATION",
    "LOOPBACK",
    "Child",
    "Output",
    "ServerNotInstalled",
    "TookTooLong",
    "celery_command",
    "flower_command",
    "free_port",
    "is_free",
    "server_command",
    "server_program",
    "server_url",
    "wait_until",
]
