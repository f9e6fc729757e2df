"""Prints what an import of the producer changes. `SCHOOL_FIRST`, if set: the LMS has its own application before it."""

import importlib
import json
import os
import sys
from typing import Any

from tests.support.lms.surroundings import changes, surroundings

opened: list[str] = []


def _note_connections(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "socket.bind"}:
        opened.append(f"{event} {arguments[1]!r}")


if "SCHOOL_FIRST" in os.environ:
    from celery import Celery

    own = Celery("school", broker=os.environ["SCHOOL_BROKER_URL"])
sys.addaudithook(_note_connections)
before = surroundings()

importlib.import_module("lessonhook.producer")
after = surroundings()
loaded = sorted(
    name for name in sys.modules if name.startswith(("lessonhook.worker", "lessonhook.console", "requests"))
)
print(json.dumps({"changed": changes(before, after), "opened": opened, "loaded": loaded}))  # noqa: T201 - its report
