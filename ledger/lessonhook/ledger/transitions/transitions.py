"""The transitions: every change of an event or a lane is one call here, and each call is one atomic script.

The rules are in `lua/`. Python only hands over the facts and reads the reply.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from redis.exceptions import ResponseError

from lessonhook.config import COMPLETIONS, RETRIES, code_of
from lessonhook.ledger.transitions.acts import Act, person
from lessonhook.ledger.transitions.ahead import call_ahead
from lessonhook.ledger.transitions.attempt_log import REPLAY, attempt_line
from lessonhook.ledger.transitions.facts import admit_facts, fresh_facts, settle_facts, together_facts
from lessonhook.ledger.transitions.keys import attention_key, key
from lessonhook.ledger.transitions.replies import read_fetched, read_many, read_step
from lessonhook.ledger.transitions.results import (
    Fetched,
    FreshEvent,
    Kind,
    ListMessage,
    Outcome,
    Reason,
    Recorded,
    Step,
    SubscriptionChanged,
    Together,
)

if TYPE_CHECKING:
    from lessonhook.ledger.redis.vault import Vault
    from lessonhook.ledger.transitions.scripts import Scripts

#: Tells the sweep's script that a queue is empty.
_NO_MESSAGE_WAITS: Final = -1
#: Events of one `record_many`: it then takes about half a millisecond of Redis. With 32, a neighbour's p99 was 13 ms
#: beside an import, where it is 10 with 16 or 8, and an event cost hardly less.
RECORDED_AT_ONCE: Final = 16
#: Bytes of their bodies, because Redis copies them meanwhile; one event may have more.
RECORDED_BYTES_AT_ONCE: Final = 131_072
#: The code of the error of `lua/subscribe.lua`.
_CHANGED: Final = "CHANGED"


class Transitions:
    """The changes of the ledger. A script ran either whole or not at all; it may raise `RedisError`."""

    def __init__(self, scripts: "Scripts", vault: "Vault") -> None:
        self._scripts = scripts
        self._vault = vault

    def _transition(self, name: str, subscriber: str, *arguments: str | bytes | float) -> Step:
        return read_step(subscriber, self._scripts.call(name, key("lane", subscriber), subscriber, *arguments))

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
        message: ListMessage | None = None,
    ) -> Step:
        """Write a fresh event, lift an exhaustion's pause, and take a slot for the event or hold it.

        `completed_at` is in seconds since 1970: events of one learner and lesson are sent in its order.
        `rendering` names the options that the body was rendered for. If the subscription has other options, nothing is
        stored: the step has no `recorded`, and its `rendering` names the options of the subscription.
        `traceparent` is the span that publishes the event; the spans of its POSTs refer to it.
        `message` is the event's, if the ledger's Redis is the broker as well: if the event gets a slot, the script puts
        the message into its queue, and the step's `publish` leaves it out.
        """
        event = FreshEvent(event_id, body, learner, lesson, completed_at)
        facts = (*fresh_facts(self._vault, subscriber, event), rendering, traceparent, *(message or ()))
        return self._transition("record", subscriber, *facts)

    def record_many(
        self,
        subscriber: str,
        events: Sequence[FreshEvent],
        *,
        rendering: str = "",
        traceparent: str = "",
        backfill: bool = False,
    ) -> tuple[Step, tuple[Recorded, ...]]:
        """Write fresh events of one subscriber in one script, each as `record` does; return what was done with each.

        With `backfill` they tell the past: they go after all live events of the subscriber, one at a time and at a
        pace, and lift no pause.
        Redis serves nobody else meanwhile, some 0.03 ms for an event: give it `RECORDED_AT_ONCE` at most, and no more
        than `RECORDED_BYTES_AT_ONCE` of bodies.
        If the subscription has other options than `rendering`, nothing is stored, and the step's `rendering` names
        them.
        """
        facts = together_facts(self._vault, Together(subscriber, events, rendering, traceparent, backfill))
        return read_many(subscriber, self._scripts.call("record_many", key("lane", subscriber), subscriber, *facts))

    def record_each(self, all_events: Iterable[Together]) -> Iterator[tuple[Step, tuple[Recorded, ...]]]:
        """Write fresh events by many scripts, each as `record_many`, and yield what each has done, in their order.

        A script is sent before the reply to the one before it is read: see `call_ahead`.
        """
        subscribers: deque[str] = deque()

        def calls() -> Iterator[Any]:
            for together in all_events:
                subscribers.append(together.subscriber)
                facts = together_facts(self._vault, together)
                yield key("lane", together.subscriber), together.subscriber, *facts

        for reply in call_ahead(self._scripts, "record_many", calls()):
            yield read_many(subscribers.popleft(), reply)

    def admit(self, subscriber: str, event_id: str, *, wake_ms: int | None = None) -> Step:
        """Admit a message and return the next delivery, if any; it may be for another event of the same lane.

        `wake_ms` is the one that the message carried, if it was a lane's countdown.
        """
        return self._transition("admit", subscriber, *admit_facts(event_id, wake_ms))

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
        """Record how an attempt ended and return what the lane does next; with `in_place` the caller POSTs it itself.

        Without `may_pause` a failure costs no attempt, and no event is set aside: many subscribers fail at once, so the
        fault is ours.
        `token` is that of the `Delivery`. If it is no longer the event's token, only an acceptance counts.
        """
        facts = settle_facts(event_id, token, outcome, in_place=in_place, may_pause=may_pause, worker=worker)
        return self._transition("settle", subscriber, *facts)

    def replayed(self, subscriber: str, event_id: str, outcome: Outcome, *, by: str) -> Step:
        """Record how a person's own POST of a stored event ended; the lane and its pause stay as they are.

        An accepted replay delivers an event that was held, retrying or refused. `by` is the person who sent it.
        """
        by = person(by)
        accepted, unconfirmed = int(outcome.kind is Kind.ACCEPTED), int(bool(outcome.unconfirmed))
        log = attempt_line(outcome, f"{REPLAY} {by}")
        return self._transition("replayed", subscriber, event_id, accepted, log, unconfirmed, by)

    def sweep(
        self,
        shard: int,
        *,
        oldest_waiting_ms: Mapping[str, int],
        read_at_ms: int,
        lanes: int = 32,
        may_set_aside: bool = False,
    ) -> list[Step]:
        """Find what a crash left behind in a shard, in at most `lanes` lanes, and return what to publish again.

        With `may_set_aside`, an event whose worker was lost again and again is refused, because others are delivered.

        `oldest_waiting_ms` is when the oldest message that still waits in each queue was queued, or a time before which
        none of them was; 0 if that is unknown. Leave out a queue in which no message waits. Events queued later than
        that may well be waiting behind the message, so they are left alone.
        `read_at_ms` is `Ledger.now_ms` from before the broker was read. What was queued after that is left alone too,
        because a caller may be slow.
        """
        waiting = [oldest_waiting_ms.get(queue, _NO_MESSAGE_WAITS) for queue in (COMPLETIONS, RETRIES)]
        replies = self._scripts.call("sweep", attention_key(shard), *waiting, lanes, int(may_set_aside), read_at_ms)
        return [read_step(name.decode(), reply) for name, reply in replies]

    def unpublished(self, subscriber: str, event_id: str) -> Step:
        """Record that the broker did not take an event's message, so that the next sweep publishes it again."""
        return self._transition("unpublished", subscriber, event_id)

    def pause(self, subscriber: str, *, by: str = "") -> Step:
        """Set the operator's pause, which only `resume` lifts. `by` is who does it, here and below, for the audit."""
        return self._transition("pause", subscriber, person(by))

    def resume(self, subscriber: str, *, by: str = "") -> Step:
        """Lift both pauses; after an exhaustion's, the oldest undelivered event is sent first, alone, as the probe."""
        return self._transition("resume", subscriber, person(by))

    def set_backfill(self, subscriber: str, *, stopped: bool, by: str = "") -> Step:
        """Stop the events that tell the past, or let them go on; live events go on in either case."""
        return self._transition("backfill", subscriber, int(stopped), person(by))

    def erase(self, subscriber: str, event_id: str, *, by: str = "") -> Step:
        """Erase an event's body and the logged responses; an event in flight keeps its slot until it is settled."""
        return self._transition("erase", subscriber, event_id, person(by))

    def drop(self, subscriber: str, event_id: str, reason: str, *, by: str = "") -> Step:
        """End an undelivered event that nobody wants any more; one that a worker has in hand is left alone."""
        return self._transition("drop", subscriber, event_id, reason, person(by))

    def subscribe(
        self,
        subscriber: str,
        *,
        document: bytes,
        endpoint: str,
        rendering: str = "",
        by: str = "",
        act: Act = Act.PUT,
        changed: str = "",
        former: bytes = b"",
        credentials: Sequence[str] = (),
        **numbers: float | None,
    ) -> Step:
        """Save a subscription; a lane that was stopped without one goes on.

        Raise `SubscriptionChanged` if the stored document is no longer `former`, the one that the caller has read.

        `endpoint` stands for the URL and the credentials: when it changes, the lane's failures in a row are forgotten.
        `rendering` names the options that bodies are rendered for. `changed` names the fields that changed, for the
        audit. `credentials` names those that are other ones than before: when and by whom is stored.
        `numbers` are the options that the lane needs, by their fields, as in `Options.lane_numbers`; None is stored
        as 0.
        """
        fields = [part for name, number in numbers.items() for part in (name, number or 0)]
        facts = (document, endpoint, rendering, person(by), act, changed, former, " ".join(credentials))
        try:
            return self._transition("subscribe", subscriber, *facts, *fields)
        except ResponseError as error:
            if code_of(error) == _CHANGED:
                raise SubscriptionChanged(subscriber) from None
            raise

    def fetch(self, subscriber: str, *, digest: str, after: str, at_most: int) -> Fetched:
        """Close the events that a subscriber acknowledges, and return the next ones, the oldest first.

        `after` is the id of the last event that the subscriber has taken, "" for none: every event is closed that was
        handed out up to it. `digest` is that of the subscriber's token.
        """
        outcome = Outcome(kind=Kind.ACCEPTED, reason=Reason.FETCHED, detail="acknowledged by the subscriber")
        reply = self._scripts.call(
            "fetch", key("lane", subscriber), subscriber, after, at_most, attempt_line(outcome, "a fetch"), digest
        )
        return read_fetched(subscriber, reply)

    def note_act(self, subscriber: str, act: Act, detail: str, *, by: str) -> None:
        """Add an act to the audit trail that changes nothing of the lane. `detail` is shown, so it has no secret."""
        self._scripts.call("note", key("lane", subscriber), subscriber, act, person(by), detail)

    def set_pull_token(self, subscriber: str, digest: str, *, by: str = "") -> bool:
        """Save the digest of a new token to fetch by, "" to revoke; return False if there is nothing to change."""
        facts = (subscriber, digest, person(by))
        return bool(self._scripts.call("pull_token", key("lane", subscriber), *facts))

    def unsubscribe(self, subscriber: str, *, by: str = "") -> bool:
        """Remove a subscription and return whether there was one; its lane is kept and stopped."""
        return bool(self._scripts.call("unsubscribe", key("lane", subscriber), subscriber, person(by)))
