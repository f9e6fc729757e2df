"""What the frequent transitions are told behind the subscriber, for threads and for coroutines."""

import math
from typing import TYPE_CHECKING, Final

from lessonhook.ledger.transitions.attempt_log import attempt_line
from lessonhook.ledger.transitions.keys import key
from lessonhook.ledger.transitions.pairs import pair_of
from lessonhook.ledger.transitions.results import FreshEvent, Outcome, Together

if TYPE_CHECKING:
    from lessonhook.ledger.redis.vault import Vault

#: A year. The lane's own limits are far below; a script reads no number that is not finite.
_LONGEST_MS: Final = 365 * 86_400_000


def fresh_facts(vault: "Vault", subscriber: str, event: FreshEvent) -> tuple[str | bytes | float, ...]:
    """Return what `lua/record.lua` is told of a fresh event."""
    sealed = vault.seal(event.body, key("body", subscriber, event.event_id))
    return event.event_id, sealed, pair_of(event.learner, event.lesson), event.completed_at


def together_facts(vault: "Vault", together: Together) -> list[str | bytes | float]:
    """Return what `lua/record_many.lua` is told."""
    place, seal = key("body", together.subscriber, ""), vault.seal
    facts: list[str | bytes | float] = [together.rendering, together.traceparent, int(together.backfill)]
    for event_id, body, learner, lesson, completed_at in together.events:
        facts += event_id, seal(body, place + event_id), pair_of(learner, lesson), completed_at
    return facts


def admit_facts(event_id: str, wake_ms: int | None) -> tuple[str | int, ...]:
    """Return what `lua/admit.lua` is told behind the subscriber."""
    return event_id, wake_ms or 0


def settle_facts(
    event_id: str, token: str, outcome: Outcome, *, in_place: bool, may_pause: bool, worker: str
) -> tuple[str | int, ...]:
    """Return what `lua/settle.lua` is told behind the subscriber."""
    return (
        event_id,
        token,
        outcome.kind,
        _milliseconds(outcome.retry_after_seconds),
        int(in_place),
        int(may_pause),
        str(outcome),
        attempt_line(outcome, worker),
        int(bool(outcome.unconfirmed)),
        # 0 would say that there was no POST.
        max(1, _milliseconds(outcome.seconds)),
    )


def _milliseconds(seconds: float | None) -> int:
    """Return whole milliseconds, at most a year; -1 for a duration that is not known, below zero or not a number."""
    if seconds is None or math.isnan(seconds) or seconds < 0:
        return -1
    return round(min(seconds * 1000, _LONGEST_MS))
