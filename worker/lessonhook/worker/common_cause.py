"""When many subscribers fail at once it is us, not them: a dead resolver, a broken egress. Then nobody is paused."""

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from lessonhook.worker.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")


class CommonCause:
    """Looks with each sweep. One worker raises the alarm when it begins, one writes a line when it is over."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    def look(self) -> None:
        """Note for this worker whether many fail at once.

        It begins when, of the subscribers that were active within the last minute and had not failed before, more than
        the set share fail. It ends when that is no longer so of all that were active within the time to a retry: who
        failed is silent until then, and that silence is no recovery. Where nobody was active at all, since no worker
        was there, the alarm lasts for as long as its note in Redis.
        """
        settings, log = self._runtime.app.settings, self._runtime.ledger.activity
        recent = log.recent()
        share = settings.mass_failure_share
        if recent.minute.active >= settings.mass_failure_subscribers and recent.minute.share > share:
            self._runtime.mass_failure = True
            if log.raise_alarm():
                _log.critical(
                    "deliveries.failing_everywhere",
                    failing=recent.minute.failing,
                    active=recent.minute.active,
                    then="nobody is paused; look at name resolution and at the way out",
                )
        elif not recent.cycle.active:
            self._runtime.mass_failure = log.alarmed()
        elif recent.cycle.share <= share:
            self._runtime.mass_failure = False
            if log.end_alarm():
                _log.warning("deliveries.recovered", failing=recent.cycle.failing, active=recent.cycle.active)
        else:
            self._runtime.mass_failure = log.keep_alarm()
