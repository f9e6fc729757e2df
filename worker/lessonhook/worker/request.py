"""A message as a worker takes it: one that was revoked is taken all the same.

A message only says that a lane has work; Celery would drop every further one of a revoked id for three hours, and the
event, which the ledger publishes again and again, would keep its lane's slot for as long.
"""

from typing import Any, Final

import structlog
from celery.worker import state
from celery.worker.request import Request

_log: Final = structlog.get_logger("lessonhook.worker")


class EventRequest(Request):
    """What Celery asks whether to run the task; the answer is always yes."""

    _told = False

    def revoked(self) -> bool:
        """Answer False, and say what there is instead; Celery asks it of every message that was a countdown."""
        if self.id in state.revoked:
            self._tell()
        return False

    def terminate(self, pool: Any, signal: Any = None) -> None:
        """Leave the POST alone: a thread can't be ended, its deadline ends it."""
        del pool, signal
        self._tell()

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            event_id: Any = self.id
            _log.warning("revoke.ignored", event_id=event_id, instead="pause the subscriber, or erase the learner")
