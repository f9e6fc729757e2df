"""Which POSTs keep a slot: those of endpoints that are quick."""

import asyncio
import math
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from lessonhook.worker.runtime import slots as module
from lessonhook.worker.runtime.slots import Pace, Slots


class Prefetch:
    """In place of kombu's QoS: counts what was asked of it."""

    def __init__(self) -> None:
        self.more = 0

    def increment_eventually(self) -> None:
        """Let one more message in."""
        self.more += 1

    def decrement_eventually(self) -> None:
        """Let one message less in."""
        self.more -= 1


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLOW_SECONDS", 0.01)
    monkeypatch.setattr(module, "ASIDE_AFTER_SECONDS", 0.01)


async def until(condition: Callable[[], Any]) -> None:
    """Wait on the loop for a condition."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is waited for is a number
            await asyncio.sleep(0.001)  # between two looks, so that the loop runs what is waited for


def test_a_quick_post_keeps_its_slot() -> None:
    """The consumer takes no further message for it."""

    async def post() -> None:
        prefetch = Prefetch()
        slots = Slots(lambda: prefetch, lambda: 2, aside_limit=5)
        with slots.occupied_by("acme", Pace.STRANGER):
            pass
        assert (prefetch.more, slots.aside) == (0, 0)

    asyncio.run(post())


def test_a_slow_post_steps_aside_and_the_next_one_at_once() -> None:
    """A subscriber is remembered as slow until a POST of it is quick."""

    async def post() -> None:
        prefetch = Prefetch()
        slots = Slots(lambda: prefetch, lambda: 2, aside_limit=5)
        with slots.occupied_by("acme", Pace.QUICK):
            await until(lambda: prefetch.more == 1)
        assert (prefetch.more, slots.aside) == (0, 0)
        with slots.occupied_by("acme", slots.pace_of("acme", None)):
            assert (prefetch.more, slots.aside) == (1, 1)
        assert slots.pace_of("acme", None) is Pace.QUICK
        with slots.occupied_by("acme", Pace.QUICK):
            assert prefetch.more == 0

    asyncio.run(post())


def test_an_endpoint_that_is_never_slow_keeps_no_slot_for_long_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred that respond just in time to count as quick would fill any number of slots, again and again."""
    monkeypatch.setattr(module, "SLOW_SECONDS", math.inf)

    async def post() -> None:
        prefetch = Prefetch()
        slots = Slots(lambda: prefetch, lambda: 2, aside_limit=5)
        for pace in (Pace.STRANGER, slots.pace_of("acme", 0.9)):
            with slots.occupied_by("acme", pace):
                await until(lambda: prefetch.more == 1)
            assert slots.pace_of("acme", None) is Pace.QUICK

    asyncio.run(post())


def test_what_is_given_back_at_once_makes_nobody_quick() -> None:
    """There was no POST. A crowd that hangs is one of strangers or slow ones until a POST of each was quick."""

    async def give_back() -> None:
        slots = Slots(Prefetch, lambda: 2, aside_limit=5)
        slots._slow["slow"] = True
        for name in ("stranger", "slow"):
            with slots.occupied_by(name, slots.pace_of(name, None)) as visit:
                visit.has_posted = False
        assert [slots.pace_of(name, None) for name in ("stranger", "slow")] == [Pace.STRANGER, Pace.SLOW]

    asyncio.run(give_back())


def test_no_more_step_aside_than_there_may_be() -> None:
    """What is beyond keeps its slot: a process has only so many files."""

    async def post() -> None:
        prefetch = Prefetch()
        slots = Slots(lambda: prefetch, lambda: 2, aside_limit=1)
        slots._slow |= {"acme": True, "other": True}
        with slots.occupied_by("acme", Pace.SLOW), slots.occupied_by("other", Pace.SLOW):
            assert (prefetch.more, slots.aside) == (1, 1)
        assert (prefetch.more, slots.aside) == (0, 0)

    asyncio.run(post())


def test_beyond_the_limit_no_further_post_to_a_slow_endpoint_begins() -> None:
    """A healthy one's always does: the slots are left to it."""

    async def post() -> None:
        slots = Slots(Prefetch, lambda: 2, aside_limit=8)
        with ExitStack() as crowd:
            for number in range(3):
                assert slots.has_room_for(Pace.SLOW)
                crowd.enter_context(slots.occupied_by(f"slow-{number}", Pace.SLOW))
            assert not slots.has_room_for(Pace.SLOW)
            assert slots.has_room_for(Pace.QUICK)
            # A crowd that is known takes no place of those that nobody knows, a healthy one among them.
            assert slots.has_room_for(Pace.STRANGER)
        assert slots.has_room_for(Pace.SLOW)

    asyncio.run(post())


def test_nobody_of_a_crowd_of_strangers_keeps_a_slot_to_its_deadline() -> None:
    """A stranger's POST begins only if there is a place aside for it, should it be slow. A quick one begins."""

    async def post() -> None:
        prefetch = Prefetch()
        slots = Slots(lambda: prefetch, lambda: 2, aside_limit=32)
        begun = 0
        with ExitStack() as crowd:
            while slots.has_room_for(Pace.STRANGER):
                crowd.enter_context(slots.occupied_by(f"stranger-{begun}", Pace.STRANGER))
                begun += 1
            await until(lambda: prefetch.more == begun)
            assert begun == 4
            assert slots.aside == begun
            assert slots.has_room_for(Pace.QUICK)
            # It becomes slow at this moment, and still gets a place of those that are kept for that.
            with slots.occupied_by("healthy", Pace.QUICK):
                await until(lambda: prefetch.more == begun + 1)
        assert (prefetch.more, slots.aside) == (0, 0)
        assert slots.has_room_for(Pace.STRANGER)

    asyncio.run(post())


def test_those_that_found_no_room_come_again_one_after_the_other() -> None:
    """Thousands of events that come again together would hold up everybody's. None waits for longer than a minute."""

    async def ask() -> None:
        slots = Slots(Prefetch, lambda: 2, aside_limit=8)
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.MonkeyPatch.context() as patch:
            # All ask at one moment, however busy the machine is.
            patch.setattr(loop, "time", lambda: began)
            waits = [slots.room_after_seconds() for _ in range(10_000)]
        assert waits[0] == pytest.approx(1)
        assert waits[1000] == pytest.approx(11)
        assert waits[-1] == 60
        assert sorted(waits) == waits

    asyncio.run(ask())


def test_quick_endpoints_that_all_become_slow_take_no_place_of_others() -> None:
    """They have half of the places. Beyond it they keep their slots, and slow ones and strangers are still tried."""

    async def post() -> None:
        prefetch = Prefetch()
        slots = Slots(lambda: prefetch, lambda: 2, aside_limit=16)
        with ExitStack() as crowd:
            for number in range(10):
                crowd.enter_context(slots.occupied_by(f"quick-{number}", Pace.QUICK))
            await until(lambda: prefetch.more == 8)
            assert slots.has_room_for(Pace.SLOW)
            assert slots.has_room_for(Pace.STRANGER)
            with slots.occupied_by("stranger", Pace.STRANGER):
                await until(lambda: prefetch.more == 9)
        assert (prefetch.more, slots.aside) == (0, 0)

    asyncio.run(post())


def test_what_this_process_does_not_know_the_ledger_may() -> None:
    """A worker that has just started knows who was quick. What it saw itself counts more, because it is newer."""
    slots = Slots(Prefetch, lambda: 2, aside_limit=5)
    known = {seconds: slots.pace_of("acme", seconds) for seconds in (None, 0.001, 5.0, math.inf)}
    assert known == {None: Pace.STRANGER, 0.001: Pace.QUICK, 5.0: Pace.SLOW, math.inf: Pace.SLOW}
    slots._slow["acme"] = False
    assert slots.pace_of("acme", math.inf) is Pace.QUICK
    slots._slow["acme"] = True
    assert slots.pace_of("acme", 0.001) is Pace.SLOW


def test_only_so_many_subscribers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was posted to longest ago is a stranger again."""

    async def post() -> None:
        monkeypatch.setattr(module, "_REMEMBERED", 2)
        slots = Slots(Prefetch, lambda: 2, aside_limit=5)
        for name in ("a", "b", "c"):
            with slots.occupied_by(name, Pace.STRANGER):
                pass
        assert list(slots._slow) == ["b", "c"]

    asyncio.run(post())


def test_a_reconnect_between_makes_no_prefetch_smaller() -> None:
    """The new consumer's prefetch never grew for this POST."""

    async def post() -> None:
        before, after = Prefetch(), Prefetch()
        prefetches = [before]
        slots = Slots(lambda: prefetches[-1], lambda: 2, aside_limit=5)
        slots._slow["acme"] = True
        with slots.occupied_by("acme", Pace.SLOW):
            prefetches.append(after)
        assert (after.more, slots.aside) == (0, 0)

    asyncio.run(post())


def test_without_a_consumer_nothing_steps_aside() -> None:
    """While the broker is away no message comes anyway."""

    async def post() -> None:
        slots = Slots(lambda: None, lambda: 2, aside_limit=5)
        slots._slow["acme"] = True
        with slots.occupied_by("acme", Pace.SLOW):
            assert slots.aside == 0

    asyncio.run(post())


def test_a_turn_goes_on_while_a_slot_is_free() -> None:
    """Nobody waits for its slot, so a message for the lane's next event would only cost. Ten shares are the bound."""
    slots = Slots(lambda: None, lambda: 2, aside_limit=5)
    with slots.turn():
        assert [slots.may_go_on(seconds, 1.0) for seconds in (0.9, 1.0, 9.9, 10.0)] == [True, True, True, False]
        with slots.turn():
            assert [slots.may_go_on(seconds, 1.0) for seconds in (0.9, 1.0)] == [True, False]
        assert slots.may_go_on(1.0, 1.0)


def test_a_turn_that_waits_aside_takes_no_slot() -> None:
    """The others may go on beside it."""
    slots = Slots(Prefetch, lambda: 1, aside_limit=5)
    with slots.turn():
        assert not slots.may_go_on(1.0, 1.0)
        slots.step_aside(Pace.SLOW)
        assert slots.may_go_on(1.0, 1.0)


def test_a_turn_whose_countdown_has_ended_waits_without_a_slot() -> None:
    """Celery let its message in beside the slots; thousands that end together would fill them, and keep others out."""

    async def wait() -> None:
        prefetch = Prefetch()
        slots = Slots(lambda: prefetch, lambda: 2, aside_limit=5)
        with ExitStack() as waiting:
            for _ in range(5):
                waiting.enter_context(slots.waiting_after_countdown())
            assert (prefetch.more, slots.aside, slots.posts_aside) == (5, 5, 0)
            # They take nothing from the turns that have begun.
            with slots.turn():
                assert slots.may_go_on(1.5, share_seconds=1.0)
        assert (prefetch.more, slots.aside) == (0, 0)

    asyncio.run(wait())
