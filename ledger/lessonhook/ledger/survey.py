"""All lanes at once, in sums, for the metrics: what a status of each would cost a call a subscriber for."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from lessonhook.ledger.keys import SHARDS, base_of

if TYPE_CHECKING:
    from lessonhook.ledger.scripts import Scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Counts over all lanes, in the order of `lua/survey.lua`; of events, where nothing else is said."""

    #: Subscribers with a subscription, or with undelivered events.
    subscribers: int = 0
    #: Subscribers with undelivered events.
    busy: int = 0
    #: Subscribers whose last attempt failed.
    failing: int = 0
    #: Subscribers that nothing goes to, whoever paused them.
    paused: int = 0
    in_flight: int = 0
    queued: int = 0
    retrying: int = 0
    held: int = 0
    refused: int = 0
    #: Ever, as are the next ones.
    recorded: int = 0
    delivered: int = 0
    expired: int = 0
    erased: int = 0
    #: Of those delivered.
    unconfirmed: int = 0

    @classmethod
    def added(cls, shards: Sequence[Sequence[int]]) -> Self:
        """Add up what the shards answered."""
        return cls(
            **{field.name: sum(column) for field, column in zip(fields(cls), zip(*shards, strict=True), strict=True)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Sums, and who has waited longest."""

    #: Redis' clock.
    now_ms: int
    sums: Sums
    #: Subscriber and age of its oldest undelivered event in seconds, the oldest first.
    worst: tuple[tuple[str, float], ...]

    @property
    def oldest_undelivered_seconds(self) -> float:
        """The age of the oldest undelivered event of all; 0 if there is none."""
        return self.worst[0][1] if self.worst else 0.0

    @classmethod
    def take(cls, scripts: "Scripts", *, worst: int, clock_ahead_ms: int = 0) -> Self:
        """Go over all shards, each in a call of its own, so that no other caller waits for more than one of them."""
        replies: list[Any] = [
            scripts.call("survey", f"{base_of(shard)}subscribers", clock_ahead_ms, worst) for shard in range(SHARDS)
        ]
        # Compared by moments: of two ages read one after the other, the later one has grown meanwhile.
        waiting = sorted(((name, since) for reply in replies for name, since in reply[-1]), key=lambda each: each[1])
        now_ms = max(reply[0] for reply in replies)
        return cls(
            now_ms=now_ms,
            sums=Sums.added([reply[1:-1] for reply in replies]),
            worst=tuple((name.decode(), max(0, now_ms - since) / 1000) for name, since in waiting[:worst]),
        )
