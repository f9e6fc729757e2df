"""Asking a worker by Celery's remote control, from the test's own process and without waiting longer than it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lessonhook.config import LessonhookCelery, Settings, celery_defaults

#: A question that is published before the worker listens is lost, so a short one is asked again.
_REPLY_SECONDS = 0.5


def control_app(settings: Settings) -> LessonhookCelery:
    """Return an application without tasks that speaks to the same broker as the workers."""
    return LessonhookCelery(
        lambda given: celery_defaults(given, connect_timeout_seconds=1.0, timeout_seconds=5.0), settings
    )


class Control:
    """One worker's remote control; it opens a connection for each question and leaves none behind."""

    def __init__(self, settings: Settings, node: str) -> None:
        self._app = control_app(settings)
        self._node = node

    def ask(self, command: str, *, seconds: float = _REPLY_SECONDS, **arguments: Any) -> Any:
        """Return what the worker says to a command of Celery's ("stats", "active_queues", …), or None in silence."""
        with self._connected() as connection:
            replies = self._app.control.broadcast(
                command,
                arguments=arguments,
                destination=[self._node],
                connection=connection,
                reply=True,
                timeout=seconds,
                limit=1,
            )
        return replies[0][self._node] if replies else None

    def responds(self) -> bool:
        """Return whether the worker's event loop runs: it consumes by then, since Celery starts its control last."""
        return bool(self.ask("ping") == {"ok": "pong"})

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        with self._app.connection_for_write() as connection:
            yield connection
