"""Notices a mass failure: many subscribers fail at once.

The cause is then probably ours, such as a dead resolver or a broken egress, so no subscriber is paused.
"""

from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from lessonhook.ledger import Recent
    from lessonhook.worker.runtime.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
#: The alarm ends at this share of the share that raises it. With one limit for both, a failure of about that size would
#: raise and end the alarm again and again, and subscribers would be paused in between.
_ENDS_AT: Final = 0.5


class MassFailure:
    """Checks at each sweep. One worker raises the alarm when a mass failure starts, and one logs when it has ended."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    def check(self) -> None:
        """Record for this worker whether there is a mass failure.

        A mass failure starts when more than `mass_failure_share` of the subscribers active in the last minute are
        newly failing. It ends when the failing share over one whole retry period is at or below half of that limit. The
        longer window is needed because a failed subscriber sends nothing until its retry, and must not count as
        recovered. If no subscriber was active at all, because no worker was there, the alarm lasts as long as its note
        in Redis.
        """
        recent = self._runtime.ledger.activity.recent()
        self._runtime.vitals.mass_failure_checked(
            failing=self._is_on(recent), others_delivered=recent.minute.failing < recent.minute.active
        )

    def _is_on(self, recent: "Recent") -> bool:
        settings, log = self._runtime.app.settings, self._runtime.ledger.activity
        share = settings.mass_failure_share
        if recent.minute.active >= settings.mass_failure_subscribers and recent.minute.share > share:
            if log.raise_alarm():
                _log.critical(
                    "deliveries.failing_everywhere",
                    failing=recent.minute.failing,
                    active=recent.minute.active,
                    then="nobody is paused or charged; check name resolution, the network's way out and lost workers",
                )
            return True
        if not recent.cycle.active:
            return log.alarmed()
        if recent.cycle.share <= share * _ENDS_AT:
            if log.end_alarm():
                _log.warning("deliveries.recovered", failing=recent.cycle.failing, active=recent.cycle.active)
            return False
        return log.keep_alarm()
