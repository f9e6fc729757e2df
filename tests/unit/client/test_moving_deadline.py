"""A deadline moves by the time in which the loop stood still: that is this worker's, and not the endpoint's."""

import asyncio
import time

import pytest

from lessonhook.worker.client.deadline import Deadline, until
from lessonhook.worker.client.stand_stills import StandStills

#: Longer than anything that a test does.
_LONG = 1_000.0


class _Still:
    """What a loop would have stood still, as the test says."""

    def __init__(self) -> None:
        self.seconds = 7.0

    def __call__(self) -> float:
        return self.seconds


def test_it_moves_by_what_the_loop_has_stood_still_since_it_was_set() -> None:
    """What was before is none of its business."""
    still = _Still()
    deadline = Deadline(_LONG, stood_still=still)
    assert deadline.left() <= _LONG
    still.seconds += 50.0
    assert _LONG < deadline.left() <= _LONG + 50
    assert deadline.stood_still_seconds() == 50.0


def test_it_moves_no_further_than_the_lease_allows() -> None:
    """Another worker takes the event when the lease ends."""
    still = _Still()
    deadline = Deadline(_LONG, moves_seconds=5.0, stood_still=still)
    still.seconds += 50.0
    assert _LONG < deadline.left() <= _LONG + 5


def test_a_part_of_it_never_ends_after_the_whole() -> None:
    """The connect timeout is a part of the whole exchange."""
    still = _Still()
    whole = Deadline(_LONG, moves_seconds=5.0, stood_still=still)
    part = whole.sooner(_LONG / 2)
    assert whole.sooner(2 * _LONG) is whole
    still.seconds += 100.0
    assert _LONG / 2 < part.left() <= _LONG / 2 + 100
    still.seconds += _LONG
    assert part.moment() == whole.moment()
    assert whole.left() <= _LONG + 5


async def _sleep_until(deadline: Deadline) -> None:
    async with until(deadline):
        await asyncio.sleep(_LONG)  # its end is what is waited for


def test_a_wait_goes_on_when_its_deadline_has_moved() -> None:
    """And ends at the moved one."""
    still = _Still()

    async def wait() -> float:
        began = time.monotonic()
        deadline = Deadline(0.2, stood_still=still)
        still.seconds += 0.3
        with pytest.raises(TimeoutError):
            await _sleep_until(deadline)
        return time.monotonic() - began

    assert asyncio.run(wait()) >= 0.5


def test_a_wait_that_ends_in_time_is_not_ended_later() -> None:
    """Its timer is gone."""

    async def wait() -> None:
        async with until(Deadline(0.05)):
            await asyncio.sleep(0)  # a turn of the loop
        await asyncio.sleep(0.1)  # beyond the deadline, where nothing must happen

    asyncio.run(wait())


def test_a_loop_that_is_blocked_has_stood_still() -> None:
    """Whether or not it has come round since; what came before the first POST is not counted, nor what comes after."""

    async def block() -> tuple[float, float, float]:
        stand_stills = StandStills()
        time.sleep(0.3)  # noqa: ASYNC251  # to block the loop is what it is for
        before = stand_stills.seconds()
        with stand_stills.watched():
            time.sleep(1.0)  # noqa: ASYNC251  # as above
            at_once = stand_stills.seconds()
            await asyncio.sleep(0)  # the loop comes round
            later = stand_stills.seconds()
        stand_stills.close()
        return before, at_once, later

    before, at_once, later = asyncio.run(block())
    assert before == 0.0
    assert at_once >= 0.85
    assert later >= at_once


def test_nothing_is_left_on_the_loop_when_no_post_is_under_way() -> None:
    """A worker at rest does not wake up ten times a second."""

    async def rest() -> float:
        stand_stills = StandStills()
        with stand_stills.watched():
            await asyncio.sleep(0)  # a turn of the loop
        await asyncio.sleep(0.3)  # beyond the next look, after which there is none
        time.sleep(0.3)  # noqa: ASYNC251  # to block the loop is what it is for
        return stand_stills.seconds()

    assert asyncio.run(rest()) < 0.3
