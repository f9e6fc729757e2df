"""The thread that looks for silences. One worker at a time does it, in small pieces, and no delivery waits for it."""

import time
from typing import TYPE_CHECKING, Final

import structlog

from lessonhook.ledger import Notice, announce_one
from lessonhook.worker.runtime.leader_thread import LeaderThread
from lessonhook.worker.silence.lms_look import look_at_lms
from lessonhook.worker.silence.subscribers_look import SubscribersLook

if TYPE_CHECKING:
    from lessonhook.ledger import NoticeKind
    from lessonhook.worker.runtime.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
_LEADER_KEY: Final = "lessonhook:silence-leader"
#: Between two looks at the whole LMS. A look reads 64 small values.
_LMS_EVERY_SECONDS: Final = 30.0
#: Between two looks at the subscribers. What they are judged by is hours old.
_SUBSCRIBERS_EVERY_SECONDS: Final = 600.0


class SilenceWatch(LeaderThread):
    """Looks again and again, and announces each change once: Redis keeps what was announced."""

    def __init__(self, runtime: "Runtime") -> None:
        # Workers whose sweeps are frequent, as in tests, look sooner.
        pause_seconds = min(_LMS_EVERY_SECONDS, 6 * runtime.app.settings.sweep_interval_seconds)
        super().__init__(runtime, name="silence", leader_key=_LEADER_KEY, pause_seconds=pause_seconds)
        self._per_year = runtime.app.settings.quiet_false_alarms_per_year
        self._looked_at = float("-inf")
        self._subscribers = SubscribersLook(self._per_year, may_go_on=self._may_go_on)

    def look(self) -> None:
        """Look at the whole LMS, and every ten minutes at each subscriber; only if this worker leads."""
        if not self._leads():
            return
        ledger = self._runtime.ledger
        for notice in look_at_lms(ledger, self._per_year):
            self._announce(notice, "")
        if time.monotonic() - self._looked_at < _SUBSCRIBERS_EVERY_SECONDS:
            return
        for subscriber, notice in self._subscribers.look(ledger):
            self._announce(notice, subscriber)
        # A look that ended early, because another worker took the lead, is no look.
        if self._leads():
            self._looked_at = time.monotonic()

    def _may_go_on(self, pause_seconds: float) -> bool:
        """Pause between two pieces, so that turns get the processor; return whether to go on with the next one."""
        return not self._stop.wait(pause_seconds) and self._leads()

    def _announce(self, notice: Notice, subscriber: str) -> None:
        kind: NoticeKind = notice.kind
        about = {"subscriber": subscriber} if subscriber else {}
        _log.warning(str(kind), **about, why=notice.why)
        self._runtime.metrics.announced(kind)
        announce_one(notice, subscriber)
