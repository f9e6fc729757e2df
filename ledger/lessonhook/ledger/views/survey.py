"""Sums over all lanes, for the metrics. Reading the status of each lane would cost a call for each subscriber."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from lessonhook.ledger.transitions.keys import SHARDS, subscribers_key

if TYPE_CHECKING:
    from lessonhook.ledger.transitions.scripts import Scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Counts over all lanes, in the order of `lua/survey.lua`. They count events unless a comment says otherwise."""

    #: Subscribers with a subscription, or with undelivered events.
    subscribers: int = 0
    #: Subscribers with undelivered events.
    busy: int = 0
    #: Subscribers whose last attempt failed and that are not paused, so that the two may be added.
    failing: int = 0
    #: Subscribers with a pause of either kind.
    paused: int = 0
    in_flight: int = 0
    queued: int = 0
    retrying: int = 0
    held: int = 0
    refused: int = 0
    #: Completions for subscribers without a subscription, in the last days.
    unsubscribed: int = 0
    #: Of the undelivered events: those that tell the past.
    backfill: int = 0
    #: Since the beginning; the next ones too.
    recorded: int = 0
    delivered: int = 0
    superseded: int = 0
    expired: int = 0
    erased: int = 0
    dropped: int = 0
    #: Of those delivered.
    unconfirmed: int = 0

    @classmethod
    def added(cls, shards: Sequence[Sequence[int]]) -> Self:
        """Add up the sums of the shards."""
        return cls(
            **{field.name: sum(column) for field, column in zip(fields(cls), zip(*shards, strict=True), strict=True)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Sums over all lanes, and the subscribers that have waited longest."""

    #: Redis' clock.
    now_ms: int
    sums: Sums
    #: When the last event was recorded, of any subscriber that is listed; 0 if none ever was.
    last_recorded_ms: int
    #: Subscriber and age of its oldest undelivered event in seconds, the oldest first.
    worst: tuple[tuple[str, float], ...]

    @property
    def oldest_undelivered_seconds(self) -> float:
        """The age of the oldest undelivered event of all; 0 if there is none."""
        return self.worst[0][1] if self.worst else 0.0

    @classmethod
    def take(cls, scripts: "Scripts", *, worst: int) -> Self:
        """Read each shard in a call of its own, so that no other caller waits for more than one shard."""
        replies: list[Any] = [scripts.call("survey", subscribers_key(shard), worst) for shard in range(SHARDS)]
        # Compared by times and not by ages, because an age that is read later has grown meanwhile.
        waiting = sorted(((name, since) for reply in replies for name, since in reply[-1]), key=lambda each: each[1])
        now_ms = max(reply[0] for reply in replies)
        return cls(
            now_ms=now_ms,
            sums=Sums.added([reply[1:-2] for reply in replies]),
            last_recorded_ms=max(reply[-2] for reply in replies),
            worst=tuple((name.decode(), max(0, now_ms - since) / 1000) for name, since in waiting[:worst]),
        )
