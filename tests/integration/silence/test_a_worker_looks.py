"""A real worker notices a silence by itself, and tells it by every way that an operator has."""

import json
from datetime import UTC, datetime, timedelta

from lessonhook.config import LogFormat
from lessonhook.console.processes import wait_until
from lessonhook.desk import Condition, Desk
from lessonhook.worker import create_app
from lessonhook.worker.silence import SilenceWatch
from tests.integration.conftest import OpenHouse
from tests.support.observability.telemetry import start_observed
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House

_HISTORY_DAYS = 28
_SILENT_DAYS = 10
_OPERATOR = "/operator"


def record_until(house: House, name: str, last_day: int) -> None:
    """Record two completions on each day of the weeks before now, up to `last_day` days ago."""
    ledger = house.ledger
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(_HISTORY_DAYS + _SILENT_DAYS, last_day - 1, -1):
        for hour in (8, 16):
            when = midnight - timedelta(days=day) + timedelta(hours=hour)
            if when >= now:
                continue
            ledger.clock_ahead_ms = round((when - now).total_seconds() * 1000)
            ledger.record(
                name,
                f"{name}-{day}-{hour}",
                body=b"{}",
                learner="ada",
                lesson=f"{day}-{hour}",
                completed_at=int(when.timestamp()),
            )
    ledger.clock_ahead_ms = 0


def test_a_worker_reports_a_subscriber_that_stopped(own_house: OpenHouse) -> None:
    """In the log, at the operator's webhook, in its metrics and at the desk."""
    with own_house(sweep_interval_seconds=0.2, republish_after_seconds=0.5, log_format=LogFormat.JSON) as house:
        stopped, goes_on = house.customer(), house.customer()
        record_until(house, stopped.name, _SILENT_DAYS)
        record_until(house, goes_on.name, 0)
        _, telemetry = start_observed(house, env={"LESSONHOOK_OPERATOR_WEBHOOK_URL": house.receiver.url(_OPERATOR)})

        def posted() -> list[dict[str, object]]:
            told = [post.json() for post in house.receiver.posts_to(_OPERATOR)]
            return [each for each in told if each["type"] == "subscriber.quiet"]

        [told] = wait_until(posted, PATIENCE_SECONDS, "the notice")
        assert told["data"]["subscriber"] == stopped.name  # type: ignore[index]
        assert "days); some " in told["data"]["why"]  # type: ignore[index]
        lines = [json.loads(line) for line in house.worker.logs().splitlines() if line.startswith("{")]
        assert [line["subscriber"] for line in lines if line["event"] == "subscriber.quiet"] == [stopped.name]
        page = telemetry.wait_for("quiet_subscribers", 1, fell_silent="alone")
        assert page.value("quiet_subscribers", fell_silent="together") == 0
        assert page.value("lms_quiet") == 0
        assert page.value("notices_total", kind="subscriber.quiet") == 1
        assert (page.value("last_recorded_seconds") or 0) > 0
        with Desk(house.producer) as desk:
            assert desk.of(goes_on.name).state().quiet is None
            state = desk.of(stopped.name).state()
            assert state.quiet is not None
            assert state.quiet.expected > 15
            assert desk.quiet_lms() is None
            wait_until(
                lambda: desk.of(stopped.name).state().condition is Condition.QUIET, PATIENCE_SECONDS, "its deliveries"
            )


def test_many_workers_report_once(own_house: OpenHouse) -> None:
    """One leads; when it ends, the next one knows what was reported."""
    with own_house() as house:
        stopped, goes_on = house.customer(), house.customer()
        record_until(house, stopped.name, _SILENT_DAYS)
        record_until(house, goes_on.name, 0)
        runtimes = [create_app(house.settings).runtime for _ in range(3)]
        watches = [SilenceWatch(runtime) for runtime in runtimes]
        for watch in watches:
            watch.look()
        watches[0].start()
        watches[0].stop()
        for watch in watches[1:]:
            watch.look()
        counted = [
            runtime.metrics.registry.get_sample_value("lessonhook_notices_total", {"kind": "subscriber.quiet"})
            for runtime in runtimes
        ]
        assert counted == [1, 0, 0]
        for runtime in runtimes:
            runtime.ledger.redis.close()
