"""The ledger: every change of an event or a lane is one call here, and each call is one atomic script.

The rules are in `lua/`. Python only hands over the facts and reads the answer.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from lessonhook.config import COMPLETIONS, RETRIES
from lessonhook.ledger.activity import ActivityLog
from lessonhook.ledger.answers import Kind, Outcome, Step
from lessonhook.ledger.attempts import attempt_log
from lessonhook.ledger.attention import Attention
from lessonhook.ledger.heartbeats import Heartbeats
from lessonhook.ledger.keys import SHARDS, base_of, key
from lessonhook.ledger.pairs import pair_of
from lessonhook.ledger.replies import read_step
from lessonhook.ledger.scripts import Scripts
from lessonhook.ledger.status import LaneStatus
from lessonhook.ledger.subscription import Subscription
from lessonhook.ledger.survey import Survey
from lessonhook.ledger.vault import Vault

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.policy import Policy

#: How the sweep's script hears that a queue is empty.
_NONE_WAITS: Final = -1


@lru_cache(maxsize=1024)
def _open_subscription(vault: Vault, document: bytes) -> Subscription:
    """Read a document, which a worker is handed with each event of a subscriber, and which hardly ever changes."""
    return Subscription.from_document(vault.open(document))


class Ledger:
    """What Redis remembers of subscriptions, lanes and events.

    `clock_ahead_ms` moves the ledger's clock ahead of Redis' own, for tests in which time passes.
    `kept_connections` connections are kept for the transitions, see `KeptConnections`.
    Every call may raise `redis.exceptions.RedisError`; a script either ran whole or not at all.
    """

    def __init__(
        self, redis: "Redis", policy: "Policy", vault: Vault | None = None, *, kept_connections: int = 0
    ) -> None:
        self.redis = redis
        self.policy = policy
        self.vault = vault or Vault()
        self.clock_ahead_ms = 0
        self.heartbeats = Heartbeats(redis)
        self.attention = Attention(redis)
        self.activity = ActivityLog(redis, policy)
        self._scripts = Scripts(redis, policy, kept_connections=kept_connections)

    def _transition(self, name: str, subscriber: str, *arguments: str | bytes | float) -> Step:
        reply = self._scripts.call(name, key("lane", subscriber), self.clock_ahead_ms, subscriber, *arguments)
        return read_step(subscriber, reply)

    def record(
        self,
        subscriber: str,
        event_id: str,
        *,
        body: bytes,
        learner: str,
        lesson: str,
        completed_at: int,
        rendering: str = "",
        traceparent: str = "",
    ) -> Step:
        """Write a fresh event; lift an exhaustion's pause; take a slot for it or hold it.

        `completed_at` is in seconds since 1970: events of one learner and lesson go out in its order.
        `rendering` names the options that the body was rendered for. Where the subscription has others, nothing is
        stored, and the answer has no `recorded`, but those in its `rendering`.
        `traceparent` is the span that it is published in, for the spans of its POSTs.
        """
        pair = pair_of(learner, lesson)
        sealed = self.vault.seal(body)
        return self._transition("record", subscriber, event_id, sealed, pair, completed_at, rendering, traceparent)

    def admit(self, subscriber: str, event_id: str, *, wake_ms: int | None = None) -> Step:
        """Take up a message: answer what to POST, which may be another event of the lane, or nothing.

        `wake_ms` is what the message carried, if it was a lane's countdown.
        """
        return self._transition("admit", subscriber, event_id, wake_ms or 0)

    def settle(
        self,
        subscriber: str,
        event_id: str,
        token: str,
        outcome: Outcome,
        *,
        in_place: bool,
        may_pause: bool = True,
        worker: str = "",
    ) -> Step:
        """Write down an attempt and answer what comes next, to be posted by the caller itself if `in_place`.

        Without `may_pause`, using up the attempts pauses nobody: many fail at once, and the fault is ours.
        `token` is that of the `Delivery`; with one that is no longer the event's, only an acceptance counts.
        """
        retry_after = outcome.retry_after_seconds
        return self._transition(
            "settle",
            subscriber,
            event_id,
            token,
            outcome.kind,
            -1 if retry_after is None else round(retry_after * 1000),
            int(in_place),
            int(may_pause),
            str(outcome),
            attempt_log(outcome, worker),
            int(bool(outcome.unconfirmed)),
            round(outcome.seconds * 1000),
        )

    def replayed(self, subscriber: str, event_id: str, outcome: Outcome, *, by: str) -> Step:
        """Write down what a person's own POST of a stored event brought; the lane and its pause stay as they are.

        An accepted one that was held, retrying or refused is delivered by it. `by` is who or what posted it.
        """
        accepted = outcome.kind is Kind.ACCEPTED
        unconfirmed = int(bool(outcome.unconfirmed))
        return self._transition("replayed", subscriber, event_id, int(accepted), attempt_log(outcome, by), unconfirmed)

    def sweep(
        self, shard: int, *, oldest_waiting_ms: Mapping[str, int] | int | None = None, lanes: int = 32
    ) -> list[Step]:
        """Find what a crash left behind in a shard, at most `lanes` lanes of it, and answer what to publish again.

        `oldest_waiting_ms` is when the oldest message that still waits in each queue was queued; 0 if that can't be
        known. A queue in which none waits is left out; one number stands for all, None for none. Events queued after
        it may well be waiting behind it and are left alone.
        """
        oldest = oldest_waiting_ms
        if not isinstance(oldest, Mapping):
            oldest = {} if oldest is None else dict.fromkeys((COMPLETIONS, RETRIES), oldest)
        waiting = [oldest.get(queue, _NONE_WAITS) for queue in (COMPLETIONS, RETRIES)]
        replies = self._scripts.call("sweep", self.attention.key(shard), self.clock_ahead_ms, *waiting, lanes)
        return [read_step(name.decode(), reply) for name, reply in replies]

    def pause(self, subscriber: str) -> Step:
        """Set the operator's pause, which only `resume` lifts."""
        return self._transition("pause", subscriber)

    def resume(self, subscriber: str) -> Step:
        """Lift both pauses; after an exhaustion's, the oldest undelivered event goes first, alone, as the probe."""
        return self._transition("resume", subscriber)

    def erase(self, subscriber: str, event_id: str) -> Step:
        """Wipe an event's body and answers; one that is in flight stays in its place until it is settled."""
        return self._transition("erase", subscriber, event_id)

    def subscribe(
        self,
        subscriber: str,
        *,
        document: bytes,
        endpoint: str,
        max_in_flight: int | None,
        max_per_second: float | None,
        rendering: str = "",
    ) -> Step:
        """Save a subscription; a lane that stood still without one goes on.

        `endpoint` stands for the URL and the credentials: when it changes, the lane's failures in a row are forgotten.
        `rendering` names the options that bodies are rendered for.
        """
        return self._transition(
            "subscribe", subscriber, document, endpoint, rendering, max_in_flight or 0, max_per_second or 0
        )

    def unsubscribe(self, subscriber: str) -> bool:
        """Remove a subscription and answer whether there was one; its lane is kept and stands still."""
        return bool(self._scripts.call("unsubscribe", key("lane", subscriber), self.clock_ahead_ms, subscriber))

    def put_subscription(self, subscription: Subscription) -> Step:
        """Save a subscription as it is."""
        return self.subscribe(
            subscription.subscriber,
            document=self.vault.seal(subscription.to_document()),
            endpoint=self.vault.fingerprint(subscription.endpoint_digest()),
            rendering=subscription.rendering,
            max_in_flight=subscription.max_in_flight,
            max_per_second=subscription.max_per_second,
        )

    def subscription(self, subscriber: str) -> Subscription | None:
        """Read a subscription, credentials included; None if there is none."""
        document: Any = self.redis.hget(key("subscription", subscriber), "document")
        return None if document is None else self.open_subscription(document)

    def open_subscription(self, document: bytes) -> Subscription:
        """Read the document of a `Delivery`; raises `Undecipherable` if it can't be read."""
        return _open_subscription(self.vault, document)

    def subscribers(self) -> list[str]:
        """Name every subscriber that has a subscription or undelivered events, sorted."""
        return sorted(name for shard in range(SHARDS) for name in self._subscribers(shard))

    def busy_subscribers(self) -> list[str]:
        """Name every subscriber that has undelivered events, sorted."""
        names: set[bytes] = set()
        for shard in range(SHARDS):
            waiting: Any = self.redis.zrange(f"{base_of(shard)}attention", 0, -1)
            names.update(waiting)
        return sorted(name.decode() for name in names)

    def _subscribers(self, shard: int) -> list[str]:
        names: Any = self.redis.smembers(f"{base_of(shard)}subscribers")
        return [name.decode() for name in names]

    def status(self, subscriber: str) -> LaneStatus:
        """Read a lane as a person sees it, at one moment; of an unknown subscriber all counts are 0."""
        reply = self._scripts.call("status", key("lane", subscriber), self.clock_ahead_ms, subscriber)
        return LaneStatus.read(subscriber, reply)

    def survey(self, *, worst: int) -> Survey:
        """Sum up all lanes, and name the `worst` subscribers that have waited longest."""
        return Survey.take(self._scripts, worst=worst, clock_ahead_ms=self.clock_ahead_ms)

    def inspect_lane(self, subscriber: str) -> dict[str, str]:
        """Read a lane as it is written, for tests and for whoever looks for a fault."""
        fields: Any = self.redis.hgetall(key("lane", subscriber))
        return {name.decode(): value.decode() for name, value in fields.items()}

    def inspect_event(self, subscriber: str, event_id: str) -> dict[str, str]:
        """Read an event as it is written, without its body; empty if the ledger does not know it."""
        fields: Any = self.redis.hgetall(key("event", subscriber, event_id))
        return {name.decode(): value.decode() for name, value in fields.items()}
