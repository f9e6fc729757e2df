"""Changes how Flower's own pages show a delivery: the subscriber for Celery's arguments, and one result, not two."""

import ast
import re
from typing import Any

from lessonhook.config import TASK_NAME

#: How Celery's events write the result of an event that was not accepted; see `worker.delivery.task_result`.
_FAILED = re.compile(r"DeliveryFailed\((?P<text>.*)\)", re.DOTALL)


def shown(task: Any) -> Any:
    """Change a copy of Celery's record of a task, which Flower hands over, for the eye; other tasks stay as they are.

    The id has a column of its own. An event that was accepted at last still carries the reason of its failure before.
    """
    if task.name != TASK_NAME:
        return task
    task.args = _subscriber(task.args)
    if task.state == "SUCCESS":
        task.exception = None
        task.result = _unquoted(task.result or "")
    elif failed := _FAILED.fullmatch(task.exception or ""):
        task.result = _unquoted(failed["text"])
    return task


def _subscriber(arguments: str) -> str:
    read = _read(arguments)
    return str(read[0]) if isinstance(read, tuple) and read else arguments


def _unquoted(written: str) -> str:
    read = _read(written)
    return read if isinstance(read, str) else written


def _read(written: str) -> object:
    try:
        return ast.literal_eval(written)
    except (ValueError, SyntaxError, TypeError):
        return None
