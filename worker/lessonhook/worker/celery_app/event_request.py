"""A message as a worker receives it. A revoked one is processed nevertheless.

A message only says that a lane has work. For three hours, Celery would drop every further message of a revoked id. The
ledger publishes the event again and again, and the event would keep its lane's slot for as long.
"""

from typing import Any, Final

import structlog
from celery.worker import state
from celery.worker.request import Request

_log: Final = structlog.get_logger("lessonhook.worker")


class EventRequest(Request):
    """The request that Celery asks whether the task was revoked. It never was."""

    _logged = False

    def revoked(self) -> bool:
        """Return False, and log what to do instead. Celery calls this for every message that was a countdown."""
        if self.id in state.revoked:
            self._log_once()
        return False

    def terminate(self, pool: Any, signal: Any = None) -> None:
        """Do nothing to the POST: it ends by its deadline, and Celery can't end it."""
        del pool, signal
        self._log_once()

    def _log_once(self) -> None:
        if not self._logged:
            self._logged = True
            event_id: Any = self.id
            _log.warning("revoke.ignored", event_id=event_id, instead="pause the subscriber, or erase the learner")
