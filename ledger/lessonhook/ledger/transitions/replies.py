"""Reads the reply of a script into a `Step`. The order of the fields is that of `lua/reply.lua`."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from lessonhook.ledger.transitions.results import (
    Delivery,
    Fetched,
    FetchResult,
    HandedOut,
    Message,
    Notice,
    NoticeKind,
    Recorded,
    State,
    Step,
    Wake,
)

T = TypeVar("T")

_STATES: Final[dict[bytes, State | None]] = {b"": None, **{state.value.encode(): state for state in State}}
_WHAT_WAS_DONE: Final = {recorded.value.encode(): recorded for recorded in Recorded}
_RECORDED: Final[dict[bytes, Recorded | None]] = {b"": None, **_WHAT_WAS_DONE}
#: Stands in the place of `recorded` if the body was rendered for other options; the right ones follow.
_RENDERING: Final = b"rendering:"
#: The place of `recorded` in a reply.
_DONE: Final = 4


def _each(flat: Sequence[Any] | None, make: Callable[[Any, Any, Any], T]) -> tuple[T, ...]:
    """Make one value of each three fields. Most often there are none, and Redis replies nil."""
    if flat is None:
        return ()
    parts = iter(flat)
    return tuple(map(make, parts, parts, parts))


def _message(event_id: bytes, queue: bytes, queued_ms: int) -> Message:
    return Message(event_id=event_id.decode(), queue=queue.decode(), queued_ms=queued_ms)


def _wake(event_id: bytes, wake_ms: int, delay_ms: int) -> Wake:
    return Wake(event_id=event_id.decode(), wake_ms=wake_ms, delay_seconds=delay_ms / 1000)


def _notice(kind: bytes, event_id: bytes, why: bytes) -> Notice:
    return Notice(kind=NoticeKind(kind.decode()), event_id=event_id.decode(), why=why.decode())


def _delivery(fields: Sequence[Any] | None) -> Delivery | None:
    if fields is None:
        return None
    event_id, body, subscription, attempt, token, wait_ms, lease_ms, recorded_ms, first, trace, past, last_ms = fields
    return Delivery(
        event_id=event_id.decode(),
        body=body,
        subscription=subscription,
        attempt=attempt,
        token=token.decode(),
        wait_seconds=wait_ms / 1000,
        lease_seconds=lease_ms / 1000,
        recorded_ms=recorded_ms,
        first=bool(first),
        traceparent=trace.decode(),
        backfill=bool(past),
        last_seconds=None if last_ms == 0 else math.inf if last_ms < 0 else last_ms / 1000,
    )


def read_many(subscriber: str, reply: Sequence[Any]) -> tuple[Step, tuple[Recorded, ...]]:
    """Convert the reply of `record_many` to a `Step` of no event, and what was done with each event.

    If the bodies were rendered for other options, nothing was done, and the step's `rendering` names the right ones.
    """
    fields = list(reply)
    if fields[_DONE].startswith(_RENDERING):
        return read_step(subscriber, fields), ()
    done = tuple(_WHAT_WAS_DONE[each] for each in fields[_DONE].split(b","))
    fields[_DONE] = b""
    return read_step(subscriber, fields), done


def read_step(subscriber: str, reply: Sequence[Any]) -> Step:
    """Convert a reply of bytes and integers to a `Step`."""
    now_ms, state, attempts, due_ms, recorded, delivery, publish, wakes, notices = reply
    rendering = recorded[len(_RENDERING) :].decode() if recorded.startswith(_RENDERING) else None
    return Step(
        subscriber=subscriber,
        state=_STATES[state],
        attempts=attempts,
        due_ms=due_ms,
        now_ms=now_ms,
        delivery=_delivery(delivery),
        publish=_each(publish, _message),
        wakes=_each(wakes, _wake),
        notices=_each(notices, _notice),
        recorded=None if rendering is not None else _RECORDED[recorded],
        rendering=rendering,
    )


def read_fetched(subscriber: str, reply: Sequence[Any]) -> Fetched:
    """Convert the reply of `lua/fetch.lua`."""
    result, wait_ms, document, handed, undelivered, step = reply
    parts = iter(handed)
    return Fetched(
        result=FetchResult(result.decode()),
        wait_seconds=wait_ms / 1000,
        document=document,
        events=tuple(
            HandedOut(event_id.decode(), body, backfill=bool(past))
            for event_id, body, past in zip(parts, parts, parts, strict=True)
        ),
        undelivered=undelivered,
        step=read_step(subscriber, step) if step else None,
    )
