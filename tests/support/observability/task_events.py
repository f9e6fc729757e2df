"""Celery's task events as each listener on the broker gets them, Flower or a camera."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from lessonhook.config import Settings
from tests.support.processes.remote_control import control_app

#: How long a look for events may take to notice that it is over.
_LOOK_SECONDS = 0.2


class HeardEvents:
    """What was heard, oldest first."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []

    def add(self, event: dict[str, Any]) -> None:
        """Take an event down."""
        self._events.append(event)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a type, such as `task-failed`."""
        return [event for event in list(self._events) if event["type"] == kind]

    @property
    def text(self) -> str:
        """All of them, whole."""
        return json.dumps(list(self._events), ensure_ascii=False, default=repr)


@contextmanager
def heard_events(settings: Settings) -> Iterator[HeardEvents]:
    """Listen in a thread of its own until the end."""
    heard, ended, listening = HeardEvents(), threading.Event(), threading.Event()

    def listen() -> None:
        app = control_app(settings)
        with app.connection_for_read() as template:
            receiver = app.events.Receiver(template, handlers={"*": heard.add})
            with receiver.consumer_context() as (connection, _, _):
                listening.set()
                while not ended.is_set():
                    with suppress(TimeoutError):
                        connection.drain_events(timeout=_LOOK_SECONDS)

    thread = threading.Thread(target=listen, name="task events")
    thread.start()
    try:
        assert listening.wait(20)
        yield heard
    finally:
        ended.set()
        thread.join()
