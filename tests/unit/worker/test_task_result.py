"""What Flower shows of a task beside its text."""

import pytest

from lessonhook.ledger import Kind, Outcome, Reason, State, Step
from lessonhook.worker.delivery.task_result import UNSETTLED, TaskResult


@pytest.mark.parametrize(
    ("kind", "state"),
    [(Kind.ACCEPTED, State.DELIVERED), (Kind.FAILED, State.RETRYING), (Kind.GONE, State.HELD), (Kind.CRASHED, None)],
)
def test_its_runtime_is_that_of_its_own_post(kind: Kind, state: State | None) -> None:
    """The turn may go on in its lane for ten seconds more, with other events."""
    step = Step(subscriber="acme", state=state, attempts=1, due_ms=0, now_ms=1_000)
    outcome = Outcome(kind=kind, reason=Reason.STATUS, status=200, seconds=0.25)
    assert TaskResult.from_attempt(step, outcome, 1, 3).seconds == 0.25


def test_without_a_post_it_is_that_of_the_turn() -> None:
    """Nothing was sent whose time could be told."""
    assert UNSETTLED.seconds is None
