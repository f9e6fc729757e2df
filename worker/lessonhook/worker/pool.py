"""Which pools a worker runs on: threads, or, for a debugger, none. The others look well and are not.

With processes, nobody sees in the parent that a child takes work: under load the worker counts as deaf and ends itself,
again and again, with POSTs in flight. Green threads never give back what a killed worker held. Autoscaling ends one
with threads by an AttributeError as soon as there is work. (all of it run, on celery 5.7.0)
"""

from typing import Any

from celery.concurrency import get_implementation
from celery.concurrency.solo import TaskPool as SoloPool
from celery.concurrency.thread import TaskPool as ThreadsPool
from click import UsageError


def check_pool(pool: Any, autoscale: Any) -> None:
    """Raise a UsageError for options of `celery worker` that must not be used; None is an option that is not given."""
    if pool is not None and not issubclass(get_implementation(pool), ThreadsPool | SoloPool):
        raise UsageError("lessonhook's worker runs on threads: leave --pool out, and set how many with --concurrency")
    if autoscale:
        raise UsageError("threads do not autoscale, and cost next to nothing: set how many with --concurrency")
