"""When many subscribers fail at once it is us, not them: a dead resolver, a broken egress. Then nobody is paused."""

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from lessonhook.worker.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")


class CommonCause:
    """Looks with each sweep; one alarm when it begins, one line when it is over."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    def look(self) -> None:
        """Note whether more than the set share of the active subscribers failed within the last minute."""
        settings = self._runtime.app.settings
        last = self._runtime.ledger.activity.last_minute()
        failing = last.active >= settings.mass_failure_subscribers and last.share > settings.mass_failure_share
        if failing and not self._runtime.mass_failure:
            _log.critical(
                "deliveries.failing_everywhere",
                failing=last.failing,
                active=last.active,
                then="nobody is paused; look at name resolution and at the way out",
            )
        if self._runtime.mass_failure and not failing:
            _log.info("deliveries.recovered", failing=last.failing, active=last.active)
        self._runtime.mass_failure = failing
