"""Several worker processes under one supervisor: for machines with more than one core."""

from lessonhook.console.worker_processes.supervisor import Supervisor

__all__ = ["Supervisor"]
