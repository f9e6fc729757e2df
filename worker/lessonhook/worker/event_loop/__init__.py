"""The event loop that all POSTs of a process run on: its thread, its order, and where blocking work goes instead."""

from lessonhook.worker.event_loop.helpers import Helpers
from lessonhook.worker.event_loop.loop_thread import LoopThread
from lessonhook.worker.event_loop.lower_queue import LowerQueue

__all__ = ["Helpers", "LoopThread", "LowerQueue"]
