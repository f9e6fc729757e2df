"""Reads what a script answered into a `Step`. The order of the fields is that of `lua/answer.lua`."""

from collections.abc import Iterator, Sequence
from typing import Any

from lessonhook.ledger.answers import Delivery, Message, Notice, NoticeKind, Recorded, State, Step, Wake


def _triples(flat: Sequence[Any]) -> Iterator[tuple[Any, Any, Any]]:
    parts = iter(flat)
    return zip(parts, parts, parts, strict=True)


def _delivery(fields: Sequence[Any]) -> Delivery | None:
    if not fields:
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
    verdict, other, rendering = recorded.decode().partition(":")
    return Step(
        subscriber=subscriber,
        state=State(state.decode()) if state else None,
        attempts=attempts,
        due_ms=due_ms,
        now_ms=now_ms,
        delivery=_delivery(delivery),
        publish=tuple(
            Message(event_id=event_id.decode(), queue=queue.decode(), queued_ms=queued_ms)
            for event_id, queue, queued_ms in _triples(publish)
        ),
        wakes=tuple(
            Wake(event_id=event_id.decode(), wake_ms=wake_ms, delay_seconds=delay_ms / 1000)
            for event_id, wake_ms, delay_ms in _triples(wakes)
        ),
        notices=tuple(
            Notice(kind=NoticeKind(kind.decode()), event_id=event_id.decode(), why=why.decode())
            for kind, event_id, why in _triples(notices)
        ),
        recorded=Recorded(verdict) if verdict and not other else None,
        rendering=rendering if other else None,
    )
