"""What can wait asks the ledger a few at a time, and fewer while fresh events come."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from lessonhook.worker.event_loop import LowerQueue
from lessonhook.worker.event_loop import lower_queue as module
from lessonhook.worker.event_loop.lower_queue import AT_ONCE, AT_ONCE_BESIDE_FRESH

_TURNS = 3 * AT_ONCE


@pytest.fixture(autouse=True)
def _no_place_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a busy machine decide nothing."""
    monkeypatch.setattr(module, "_LATE_SECONDS", 3_600.0)


class Ledger:
    """In place of the ledger: replies when it is told to, and counts who asks at once."""

    def __init__(self, queue: LowerQueue) -> None:
        self._queue = queue
        self.asked: list[int] = []
        self.most = 0
        self._open = 0
        self.replies = asyncio.Event()

    async def ask(self, number: int, *, concludes: bool = False) -> None:
        """Wait for a place, and then for the reply."""
        async with self._queue.place(concludes=concludes):
            self.asked.append(number)
            self._open += 1
            self.most = max(self.most, self._open)
            await self.replies.wait()
            await asyncio.sleep(0)  # a round of the loop, in which others could take a place too many
            self._open -= 1


@asynccontextmanager
async def all_asking(ledger: Ledger) -> AsyncIterator[None]:
    """Have every turn ask while the block runs; then let the ledger reply, and wait until all have ended."""
    async with asyncio.TaskGroup() as group:
        for number in range(_TURNS):
            group.create_task(ledger.ask(number))
        yield
        ledger.replies.set()


async def until_nothing_moves() -> None:
    """Let the loop go round for as often as it takes to let everybody go who may."""
    for _ in range(4 * _TURNS):
        await asyncio.sleep(0)  # a round of the loop


def on_a_loop(test: Coroutine[Any, Any, None]) -> None:
    """Run a test, which has no end of its own if somebody waits for ever."""

    async def bounded() -> None:
        async with asyncio.timeout(60):
            await test

    asyncio.run(bounded())


@pytest.mark.parametrize(("fresh", "at_once"), [(False, AT_ONCE), (True, AT_ONCE_BESIDE_FRESH)])
def test_so_many_ask_at_once_and_in_the_order_in_which_they_came(*, fresh: bool, at_once: int) -> None:
    """Replies that were late come together, and all that follows from them stands before a fresh event."""

    async def test() -> None:
        queue = LowerQueue(asyncio.get_running_loop())
        ledger = Ledger(queue)
        if fresh:
            queue.give_way()
        async with all_asking(ledger):
            await until_nothing_moves()
            assert len(ledger.asked) == at_once
        assert ledger.asked == list(range(_TURNS))
        assert ledger.most <= AT_ONCE

    on_a_loop(test())


def test_the_places_are_many_again_once_no_fresh_event_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backlog is to go at its whole pace where nobody stands behind it."""
    monkeypatch.setattr(module, "_FRESH_SECONDS", 0.0)

    async def test() -> None:
        queue = LowerQueue(asyncio.get_running_loop())
        ledger = Ledger(queue)
        queue.give_way()
        async with all_asking(ledger):
            await until_nothing_moves()
            assert len(ledger.asked) == AT_ONCE

    on_a_loop(test())


@pytest.mark.parametrize("fresh", [False, True])
def test_a_ledger_that_does_not_reply_holds_nobody_back_for_long(
    monkeypatch: pytest.MonkeyPatch, *, fresh: bool
) -> None:
    """One node of a Cluster may hang, and the others reply: all have asked, though nobody has had a reply."""
    monkeypatch.setattr(module, "_LATE_SECONDS", 0.01)

    async def test() -> None:
        queue = LowerQueue(asyncio.get_running_loop())
        ledger = Ledger(queue)
        if fresh:
            queue.give_way()
        async with all_asking(ledger):
            while len(ledger.asked) < _TURNS:  # noqa: ASYNC110 - what is waited for is a number
                await asyncio.sleep(0.01)  # between two looks, so that the loop runs what is waited for

    on_a_loop(test())


def test_what_concludes_waits_behind_no_crowd_that_begins() -> None:
    """Nor the other way round: they take turns. A delivery that has ended keeps a slot and a lease meanwhile."""

    async def test() -> None:
        queue = LowerQueue(asyncio.get_running_loop())
        ledger = Ledger(queue)
        ledger.replies.set()
        begin, conclude = range(_TURNS), range(_TURNS, 2 * _TURNS)
        async with asyncio.TaskGroup() as group:
            for number in begin:
                group.create_task(ledger.ask(number))
            for number in conclude:
                group.create_task(ledger.ask(number, concludes=True))
        pairs = list(zip(ledger.asked[::2], ledger.asked[1::2], strict=True))
        assert [sorted(pair) for pair in pairs] == [list(pair) for pair in zip(begin, conclude, strict=True)]

    on_a_loop(test())


def test_who_gives_up_leaves_no_place_taken() -> None:
    """Whether it waited for a place, had just got one, or had the ledger's reply outstanding."""

    async def test() -> None:
        queue = LowerQueue(asyncio.get_running_loop())
        ledger = Ledger(queue)
        given_up = [asyncio.create_task(ledger.ask(number)) for number in range(_TURNS)]
        # After the first round some have a place and do not know it yet.
        await asyncio.sleep(0)
        for task in given_up[:2]:
            task.cancel()
        await until_nothing_moves()
        for task in given_up:
            task.cancel()
        await asyncio.gather(*given_up, return_exceptions=True)
        ledger.asked.clear()
        ledger.replies.set()
        await asyncio.gather(*(ledger.ask(number) for number in range(_TURNS)))
        assert ledger.asked == list(range(_TURNS))

    on_a_loop(test())


def test_an_error_frees_its_place() -> None:
    """A ledger that is away raises for each, again and again."""

    async def test() -> None:
        queue = LowerQueue(asyncio.get_running_loop())
        for _ in range(_TURNS):
            with pytest.raises(ConnectionError):
                async with queue.place():
                    raise ConnectionError

    on_a_loop(test())
