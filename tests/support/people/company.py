"""One subscriber on a real ledger, with a broker that does as it is told: what Celery would carry waits in a list."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import redis

from lessonhook.config import COMPLETIONS, RETRIES
from lessonhook.ledger import (
    Delivery,
    Fetched,
    FreshEvent,
    Kind,
    Ledger,
    Outcome,
    Policy,
    Reason,
    Recorded,
    State,
    Step,
)
from lessonhook.ledger.transitions.keys import key, shard_of
from tests.support.people.stored_fields import event_fields, lane_fields

ACCEPTED = Kind.ACCEPTED
FAILED = Kind.FAILED
GONE = Kind.GONE
THROTTLED = Kind.THROTTLED

_STATUS = {ACCEPTED: 200, FAILED: 500, GONE: 410, THROTTLED: 429}
_OUR_FAULTS = frozenset({Kind.NOT_STARTED, Kind.CRASHED})
#: More letters than this without a POST among them, and the lane runs in circles.
_LETTERS_IN_VAIN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message on its way: an event that has a slot, or a lane's countdown."""

    event_id: str
    queue: str
    arrives_ms: int
    wake_ms: int | None = None


def outcome(kind: Kind, retry_after: float | None = None, seconds: float = 0.0) -> Outcome:
    """Return what a POST of this kind brings, and how long it took."""
    reason = Reason.ACCEPTED if kind is ACCEPTED else Reason.CRASH if kind in _OUR_FAULTS else Reason.STATUS
    return Outcome(kind=kind, reason=reason, status=_STATUS.get(kind), seconds=seconds, retry_after_seconds=retry_after)


class Company:
    """A company with a subscription, its lane, and the messages that the lane asked for.

    Time passes when a test says so, or when `take` waits for a countdown; Redis' own milliseconds come on top.
    """

    def __init__(self, client: redis.Redis, policy: Policy, name: str = "acme", **limits: Any) -> None:
        self.ledger = Ledger(client, policy)
        self.policy = policy
        self.name = name
        self.letters: list[Letter] = []
        #: Every delivery that was handed out, in order.
        self.posts: list[Delivery] = []
        self._recorded = 0
        self.subscribe(**limits)

    @property
    def now_ms(self) -> int:
        """The ledger's clock."""
        seconds, microseconds = self.ledger.redis.time()
        return seconds * 1000 + microseconds // 1000 + self.ledger.clock_ahead_ms

    def pass_time(self, seconds: float) -> None:
        """Let time pass for the ledger."""
        self.ledger.clock_ahead_ms += round(seconds * 1000)

    def subscribe(
        self,
        endpoint: str = "one",
        max_in_flight: int | None = None,
        max_per_second: float | None = None,
        *,
        skips_late: bool = False,
        is_pull: bool = False,
    ) -> Step:
        """Save the subscription."""
        document = json.dumps({"endpoint": endpoint}).encode()
        return self.keep(
            self.ledger.subscribe(
                self.name,
                document=document,
                endpoint=endpoint,
                max_in_flight=max_in_flight,
                max_per_second=max_per_second,
                late_completions=int(skips_late),
                pull=int(is_pull),
            )
        )

    def record(self, event_id: str, *, learner: str | None = None, completed_at: int | None = None) -> Step:
        """Record a completion: of a learner of its own, and completed after those before, unless a test says more."""
        self._recorded += 1
        return self.keep(
            self.ledger.record(
                self.name,
                event_id,
                body=event_id.encode(),
                learner=learner or f"learner of {event_id}",
                lesson="fire-safety",
                completed_at=self._recorded if completed_at is None else completed_at,
            )
        )

    def record_many(
        self, events: Mapping[str, tuple[str | None, int | None]], *, backfill: bool = False
    ) -> tuple[Step, tuple[Recorded, ...]]:
        """Record completions together: by their ids, the learner and the time of completion, both as in `record`."""
        fresh = []
        for event_id, (learner, completed_at) in events.items():
            self._recorded += 1
            fresh.append(
                FreshEvent(
                    event_id=event_id,
                    body=event_id.encode(),
                    learner=learner or f"learner of {event_id}",
                    lesson="fire-safety",
                    completed_at=self._recorded if completed_at is None else completed_at,
                )
            )
        step, recorded = self.ledger.record_many(self.name, fresh, backfill=backfill)
        return self.keep(step), recorded

    def backfill(self, *event_ids: str) -> Step:
        """Record completions of the past, each of a learner of its own."""
        return self.record_many(dict.fromkeys(event_ids, (None, None)), backfill=True)[0]

    def set_backfill(self, *, stopped: bool) -> Step:
        """Stop the past, or let it go on."""
        return self.keep(self.ledger.set_backfill(self.name, stopped=stopped))

    def admit(self, event_id: str, wake_ms: int | None = None) -> Step:
        """Let a worker take up a message."""
        return self.keep(self.ledger.admit(self.name, event_id, wake_ms=wake_ms))

    def settle(
        self,
        delivery: Delivery,
        kind: Kind,
        *,
        retry_after: float | None = None,
        seconds: float = 0.0,
        in_place: bool = False,
        may_pause: bool = True,
    ) -> Step:
        """Let a worker write down how its POST ended, and go on in place or publish what comes next."""
        return self.keep(
            self.ledger.settle(
                self.name,
                delivery.event_id,
                delivery.token,
                outcome(kind, retry_after, seconds),
                in_place=in_place,
                may_pause=may_pause,
                worker="w1",
            )
        )

    def keep(self, step: Step) -> Step:
        """Put what a step publishes on its way, and note what it hands out."""
        for message in step.publish:
            self.letters.append(Letter(event_id=message.event_id, queue=message.queue, arrives_ms=message.queued_ms))
        for wake in step.wakes:
            self.letters.append(
                Letter(event_id=wake.event_id, queue="retries", arrives_ms=wake.wake_ms, wake_ms=wake.wake_ms)
            )
        if step.delivery:
            self.posts.append(step.delivery)
        return step

    def sweep(self, oldest_waiting_ms: int | None = None, *, may_set_aside: bool = False) -> Step | None:
        """Sweep the company's shard; return its own step, or None if its lane needed no look.

        `may_set_aside`: others are delivered meanwhile.
        `oldest_waiting_ms` stands for both queues; None means that no message waits in either.
        """
        waiting = {} if oldest_waiting_ms is None else dict.fromkeys((COMPLETIONS, RETRIES), oldest_waiting_ms)
        steps = self.ledger.sweep(
            shard_of(self.name), oldest_waiting_ms=waiting, read_at_ms=self.now_ms, may_set_aside=may_set_aside
        )
        mine = [self.keep(step) for step in steps if step.subscriber == self.name]
        return mine[0] if mine else None

    def take(self) -> Delivery:
        """Carry letters, the earliest first, waiting for countdowns, until a worker is handed something to POST."""
        for _ in range(_LETTERS_IN_VAIN):
            step = self.carry()
            if step is None:
                break
            if step.delivery:
                return step.delivery
        raise AssertionError(f"nothing was handed out; {dict(self.states())}, {self.letters}")

    def next_letter(self) -> Letter | None:
        """Take the earliest letter off the broker, waiting for it if it is a countdown; None if there is none."""
        if not self.letters:
            return None
        letter = min(self.letters, key=lambda letter: letter.arrives_ms)
        self.letters.remove(letter)
        self.pass_time(max(0, letter.arrives_ms - self.now_ms) / 1000)
        return letter

    def carry(self) -> Step | None:
        """Hand the earliest letter to a worker; None if there is none."""
        letter = self.next_letter()
        return self.admit(letter.event_id, letter.wake_ms) if letter else None

    def post(self, kind: Kind, *, retry_after: float | None = None) -> str:
        """Have the next event POSTed and responded to; name it."""
        delivery = self.take()
        self.settle(delivery, kind, retry_after=retry_after)
        return delivery.event_id

    def posts_until_quiet(self, kind: Kind) -> list[str]:
        """Carry every letter, respond to each POST alike and go on in place, until none is left; name the POSTs."""
        before = len(self.posts)
        while step := self.carry():
            while step.delivery:
                step = self.settle(step.delivery, kind, in_place=True)
        return [delivery.event_id for delivery in self.posts[before:]]

    def grow(self, window: int) -> None:
        """Have events accepted until the lane's window is this wide."""
        while int(self.lane("window")) < window:
            self._recorded += 1
            self.record(f"accepted-{self._recorded}")
            self.post(ACCEPTED)

    def pause(self) -> Step:
        """Set the operator's pause."""
        return self.keep(self.ledger.pause(self.name))

    def resume(self) -> Step:
        """Lift both pauses."""
        return self.keep(self.ledger.resume(self.name))

    def fetch(self, after: str = "", at_most: int = 100) -> Fetched:
        """Fetch as the subscriber, a moment after the fetch before."""
        self.pass_time(0.2)
        self.ledger.set_pull_token(self.name, "digest")
        fetched = self.ledger.fetch(self.name, digest="digest", after=after, at_most=at_most)
        if fetched.step:
            self.keep(fetched.step)
        return fetched

    def unpublished(self, event_id: str) -> Step:
        """Record that an event's message is gone."""
        return self.keep(self.ledger.unpublished(self.name, event_id))

    def drop(self, event_id: str) -> Step:
        """End an event that nobody wants any more."""
        return self.keep(self.ledger.drop(self.name, event_id, "a person"))

    def erase(self, event_id: str) -> Step:
        """Erase an event."""
        return self.keep(self.ledger.erase(self.name, event_id))

    def started_ms(self, delivery: Delivery) -> int:
        """Return when a delivery's POST may start, after its wait: its lease is counted from there."""
        lease_ends: Any = self.ledger.redis.zscore(key("leases", self.name), delivery.event_id)
        return int(lease_ends) - self.policy.lease_ms

    def replayed(self, event_id: str, kind: Kind) -> Step:
        """Write down what a person's own POST of an event brought."""
        return self.keep(self.ledger.replayed(self.name, event_id, outcome(kind), by="a person"))

    @property
    def countdowns(self) -> list[Letter]:
        """The countdowns on their way."""
        return [letter for letter in self.letters if letter.wake_ms is not None]

    def state(self, event_id: str) -> State:
        """Return where an event is."""
        return State(event_fields(self.ledger, self.name, event_id)["state"])

    def attempts(self, event_id: str) -> int:
        """Return how many attempts an event made in its count."""
        return int(event_fields(self.ledger, self.name, event_id).get("failed_attempts", 0))

    def states(self) -> Iterator[tuple[str, State]]:
        """Yield every undelivered event and where it is, in record order."""
        members: Any = self.ledger.redis.zrange(key("open", self.name), 0, -1)
        for member in members:
            yield member.decode(), self.state(member.decode())

    def lane(self, field: str) -> str:
        """Return one field of the lane as it is written, empty if it never was; the window is 1 then."""
        return lane_fields(self.ledger, self.name).get(field, "1" if field == "window" else "")

    @property
    def paused(self) -> bool:
        """Whether attempts were used up and nothing lifted that pause yet."""
        return int(self.lane("paused_exhausted_at") or 0) > 0

    @property
    def slots(self) -> int:
        """How many events are queued or delivering."""
        return self._count("queued") + self._count("leases")

    def _count(self, kind: str) -> int:
        counted: Any = self.ledger.redis.zcard(key(kind, self.name))
        return int(counted)


#: Opens a company: `open_company(Policy(attempts=1), max_in_flight=2)`.
OpenCompany = Callable[..., Company]
