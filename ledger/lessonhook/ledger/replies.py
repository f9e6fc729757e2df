"""Reads what a script answered into a `Step`. The order of the fields is that of `lua/answer.lua`."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from lessonhook.ledger.answers import Delivery, Message, Notice, NoticeKind, Recorded, State, Step, Wake

T = TypeVar("T")

_STATES: Final[dict[bytes, State | None]] = {b"": None, **{state.value.encode(): state for state in State}}
_RECORDED: Final[dict[bytes, Recorded | None]] = {
    b"": None,
    **{verdict.value.encode(): verdict for verdict in Recorded},
}
#: In the place of a verdict: the body was rendered for other options, and these are the right ones.
_RENDERING: Final = b"rendering:"


def _each(flat: Sequence[Any] | None, make: Callable[[Any, Any, Any], T]) -> tuple[T, ...]:
    """Make something of each three fields; most often there are none, and Redis says nil."""
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
    event_id, body, subscription, attempt, token, wait_ms, lease_ms, recorded_ms, first, trace = fields
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
    )


def read_step(subscriber: str, reply: Sequence[Any]) -> Step:
    """Turn a reply of bytes and integers into values."""
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
