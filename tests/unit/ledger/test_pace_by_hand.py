"""The pace of POSTs that a person asked for: a worker's errand and a replay differ in what they are willing to wait."""

import time
from typing import Any, Final

import pytest

from lessonhook.ledger import Kind, Outcome, PaceByHand, Reason, Subscription

#: So long ago that no test takes as long.
_LONG_AGO: Final = -1_000.0
_ACCEPTED: Final = Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200)
_FAILED: Final = Outcome(kind=Kind.FAILED, reason=Reason.STATUS, status=500)


def _throttled(seconds: float | None) -> Outcome:
    return Outcome(kind=Kind.THROTTLED, reason=Reason.STATUS, status=429, retry_after_seconds=seconds)


def _subscription(max_per_second: float | None = None) -> Subscription:
    return Subscription(subscriber="acme", callback_url="https://acme.example.com/hook", max_per_second=max_per_second)


def _pace(**limits: Any) -> PaceByHand:
    return PaceByHand(**({"failures_in_a_row": 3, "asked_wait_seconds": 10.0} | limits))


def _waits(pace: PaceByHand) -> list[float]:
    """Return the wait for the next POST, none if it need not wait."""
    waits: list[float] = []
    pace.wait(waits.append)
    return waits


@pytest.mark.parametrize("max_per_second", [0.05, 0.0003])
def test_no_limit_of_a_wait_is_above_the_subscriptions_own_pace(max_per_second: float) -> None:
    """A worker posted again after 10 s to a company that can take one POST an hour."""
    pace = _pace()
    pace.learn(_subscription(max_per_second), _ACCEPTED, began=time.monotonic())
    [seconds] = _waits(pace)
    assert 10 < seconds <= 1 / max_per_second


def test_the_time_of_the_post_itself_is_a_part_of_the_pace() -> None:
    """One that took longer than the pace asks for is followed at once."""
    pace = _pace()
    pace.learn(_subscription(0.05), _ACCEPTED, began=time.monotonic() + _LONG_AGO)
    assert _waits(pace) == []


@pytest.mark.parametrize(("asked", "waited"), [(None, 1.0), (7.0, 7.0), (3_600.0, 10.0)])
def test_an_endpoint_is_waited_for_as_it_asked_and_no_longer_than_a_person_waits(
    asked: float | None, waited: float
) -> None:
    """Its pace counts as well, whichever is later."""
    pace = _pace()
    pace.learn(_subscription(), _throttled(asked), began=time.monotonic() + _LONG_AGO)
    [seconds] = _waits(pace)
    assert waited - 1 < seconds <= waited
    pace.learn(_subscription(0.01), _throttled(asked), began=time.monotonic())
    [seconds] = _waits(pace)
    assert seconds > 10


def test_after_so_many_failures_in_a_row_none_is_made() -> None:
    """One that is accepted begins to count anew; without a further POST there is nothing to wait for."""
    pace = _pace()
    for outcome in (_FAILED, _FAILED, _ACCEPTED, _FAILED, _throttled(5.0)):
        pace.learn(_subscription(), outcome, began=time.monotonic())
        assert pace.refusal == ""
    pace.learn(_subscription(0.01), _FAILED, began=time.monotonic())
    assert pace.refusal == "not tried: 3 before it failed in a row"
    assert _waits(pace) == []


def test_what_has_no_time_left_is_not_made() -> None:
    """Where others need the thread that waits, all waits together have a limit, and the pace is kept all the same."""
    pace = _pace(all_waits_seconds=50.0)
    for _ in range(2):
        pace.learn(_subscription(0.05), _ACCEPTED, began=time.monotonic())
        assert pace.refusal == ""
        assert len(_waits(pace)) == 1
    pace.learn(_subscription(0.05), _ACCEPTED, began=time.monotonic())
    assert pace.refusal.startswith("not tried: by its max_per_second it would have to wait for ")
    assert _waits(pace) == []
