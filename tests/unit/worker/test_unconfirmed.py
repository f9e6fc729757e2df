"""An unconfirmed acceptance in the worker's own words and counts."""

from dataclasses import replace

from lessonhook.ledger import State, Step
from lessonhook.worker.delivery.task_result import TaskResult, TaskState
from lessonhook.worker.runtime.attempt_metrics import Metrics
from tests.unit.worker.samples import ACCEPTED, DELIVERY

LACKING = "its response has $.skipped"
UNCONFIRMED = replace(ACCEPTED, unconfirmed=LACKING)
STEP = Step(subscriber="acme", state=State.DELIVERED, attempts=0, due_ms=0, now_ms=1_000)


def test_flower_shows_an_unconfirmed_success() -> None:
    """It is done; Flower shows why it may not have been recorded."""
    result = TaskResult.from_attempt(STEP, UNCONFIRMED, 1, 3)
    assert result.state is TaskState.SUCCESS
    assert result.text == f"accepted: 200, unconfirmed: {LACKING} (attempt 1 of 3)"


def test_the_metrics_count_it_beside_the_acceptances() -> None:
    """A share of unconfirmed ones can be watched."""
    metrics = Metrics()
    for outcome in (ACCEPTED, UNCONFIRMED, ACCEPTED):
        metrics.settled(DELIVERY, outcome, STEP)
    read = metrics.registry.get_sample_value
    assert read("lessonhook_unconfirmed_total") == 1
    assert read("lessonhook_attempts_total", {"outcome": "accepted", "reason": "accepted"}) == 3
