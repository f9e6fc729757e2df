"""What the frequent transitions are told behind the subscriber, for threads and for coroutines."""

from typing import TYPE_CHECKING

from lessonhook.ledger.transitions.attempt_log import attempt_line
from lessonhook.ledger.transitions.keys import key
from lessonhook.ledger.transitions.pairs import pair_of
from lessonhook.ledger.transitions.results import FreshEvent, Outcome, Together

if TYPE_CHECKING:
    from lessonhook.ledger.redis.vault import Vault


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
    retry_after = outcome.retry_after_seconds
    return (
        event_id,
        token,
        outcome.kind,
        -1 if retry_after is None else round(retry_after * 1000),
        int(in_place),
        int(may_pause),
        str(outcome),
        attempt_line(outcome, worker),
        int(bool(outcome.unconfirmed)),
        # 0 would say that there was no POST.
        max(1, round(outcome.seconds * 1000)),
    )
