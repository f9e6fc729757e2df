"""Coroutines that run in their order, each begun before the one before it has ended."""

import asyncio
from collections.abc import Coroutine, Iterator

import pytest

from lessonhook.producer.one_ahead import one_ahead

_MANY = 5


class _Calls:
    """Coroutines that note when they begin and end. Each ends when the next one has begun; `fails` raises then."""

    def __init__(self, fails: int | None = None) -> None:
        self.noted: list[str] = []
        self._fails = fails
        self._begun = [asyncio.Event() for _ in range(_MANY)]
        self._begun.append(self._begun[-1])

    def __iter__(self) -> Iterator[Coroutine[None, None, None]]:
        return (self._call(number) for number in range(_MANY))

    async def _call(self, number: int) -> None:
        self.noted.append(f"{number} begins")
        self._begun[number].set()
        await self._begun[number + 1].wait()
        if number == self._fails:
            raise KeyError(number)
        self.noted.append(f"{number} ends")


def test_each_begins_before_the_one_before_it_has_ended() -> None:
    """And not before the one before that has ended: two are under way at most."""
    calls = _Calls()
    asyncio.run(one_ahead(calls))
    assert {f"{number} ends" for number in range(_MANY)} <= set(calls.noted)
    for number in range(2, _MANY):
        assert calls.noted.index(f"{number - 2} ends") < calls.noted.index(f"{number} begins")


def test_after_one_that_fails_none_begins_and_the_one_under_way_is_cancelled() -> None:
    """The first error is the caller's."""
    calls = _Calls(fails=2)
    with pytest.raises(KeyError, match="2"):
        asyncio.run(one_ahead(calls))
    assert "3 begins" in calls.noted
    assert not {"3 ends", "4 begins"} & set(calls.noted)


def test_none_is_left_under_way_whenever_the_wait_is_cancelled() -> None:
    """Also at the moment at which the next one has just begun: nothing is recorded behind the caller's back."""

    async def cancelled_after(turns: int) -> None:
        waiting = asyncio.ensure_future(one_ahead(_Calls()))
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert asyncio.all_tasks() == {asyncio.current_task()}

    for turns in range(4 * _MANY):
        asyncio.run(cancelled_after(turns))


def test_none_is_no_error() -> None:
    """As for an import of nothing."""
    asyncio.run(one_ahead([]))
