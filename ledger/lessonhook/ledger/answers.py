"""What goes into a transition and what comes out of it: values, so that the callers only carry them out."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    """Where an event is; it is in exactly one of these."""

    QUEUED = "queued"
    DELIVERING = "delivering"
    RETRYING = "retrying"
    HELD = "held"
    DELIVERED = "delivered"
    REFUSED = "refused"
    EXPIRED = "expired"
    ERASED = "erased"


class Recorded(StrEnum):
    """What `Ledger.record` did with an event."""

    #: It has a slot of its lane; its message is published.
    QUEUED = "queued"
    #: It waits in the ledger for its turn; nothing is published for it.
    HELD = "held"
    #: Its id is known already; nothing changed.
    DUPLICATE = "duplicate"
    #: The subscriber has no subscription; nothing was stored, nothing is published.
    NO_SUBSCRIPTION = "no-subscription"


class Kind(StrEnum):
    """How a POST ended, as far as its lane is concerned."""

    #: Any 2xx.
    ACCEPTED = "accepted"
    FAILED = "failed"
    #: 410: the attempts are used up at once.
    GONE = "gone"
    #: 429, or 503 with `Retry-After`: too fast is our fault, unless the lane was at its slowest.
    THROTTLED = "throttled"


class Reason(StrEnum):
    """Why an attempt ended as it did, in one word for the log, Flower and the metrics."""

    ACCEPTED = "accepted"
    STATUS = "status"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    DNS = "dns"
    TLS = "tls"
    PROTOCOL = "protocol"
    CONNECTION = "connection"
    BLOCKED = "blocked"
    #: The worker's own fault, or a lease that ran out.
    CRASH = "crash"


class _Facts(Protocol):
    """What is known of a POST, whether it was a moment ago or stands in the attempt log."""

    @property
    def reason(self) -> str: ...
    @property
    def status(self) -> int | None: ...
    @property
    def detail(self) -> str: ...
    @property
    def unconfirmed(self) -> str: ...


def in_a_few_words(post: _Facts) -> str:
    """Say what a POST brought, `accepted: 200` or `timeout: no answer within 15 s`."""
    facts = post.detail or (str(post.status) if post.status else "")
    said = f"{post.reason}: {facts}" if facts else str(post.reason)
    return f"{said}, unconfirmed: {post.unconfirmed}" if post.unconfirmed else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one POST brought; the same facts go into the attempt log."""

    kind: Kind
    reason: Reason
    #: The HTTP status, if there was one.
    status: int | None = None
    #: How long the exchange took.
    seconds: float = 0.0
    #: What `Retry-After` asked for, if it did.
    retry_after_seconds: float | None = None
    #: A sentence for people: which certificate, which address. Never a body, never a secret.
    detail: str = ""
    #: The first bytes of the answer, as text, credentials masked.
    answer: str = ""
    #: What an accepted POST's answer lacks of the subscription's acknowledgement rule; "" if nothing, or no rule.
    unconfirmed: str = ""

    def __str__(self) -> str:
        """Say it in a few words, `accepted: 200` or `timeout: no answer within 15 s`."""
        return in_a_few_words(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An event that now has a slot: publish `send_completion(subscriber, event_id)` on `queue`."""

    event_id: str
    queue: str
    #: When its slot was taken, on Redis' clock; travels with the message so that the sweep can tell what still waits.
    queued_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """A countdown that the lane needs: publish `event_id` on the queue of retries, to arrive after the delay."""

    event_id: str
    #: Which wake it is; travels with the message, and is handed back to `Ledger.admit`.
    wake_ms: int
    delay_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event to POST now, and all that is needed for it."""

    event_id: str
    body: bytes = field(repr=False)
    #: The subscription as it is now, with its credentials, as `Ledger.put_subscription` wrote it.
    subscription: bytes = field(repr=False)
    #: 1 for the first attempt of this count.
    attempt: int
    token: str
    #: Wait this long before the POST (`max_per_second`); the lease begins after it.
    wait_seconds: float
    #: How long the lease lasts after the wait.
    lease_seconds: float
    recorded_ms: int
    #: False if an attempt was made before, in this count or in an earlier one.
    first: bool
    #: The span that the event was published in; "" if that was not traced.
    traceparent: str = ""


class NoticeKind(StrEnum):
    """A change that somebody may want to hear of; one for a transition, not one for a failure."""

    SUBSCRIBER_PAUSED = "subscriber.paused"
    SUBSCRIBER_RESUMED = "subscriber.resumed"
    EVENT_REFUSED = "event.refused"
    EVENT_EXPIRED = "event.expired"
    EVENT_ERASED = "event.erased"
    LEASE_LOST = "lease.lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What happened, to which event if to one, and why."""

    kind: NoticeKind
    event_id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a transition answers: what became of the event it was about, and what is to be done next."""

    subscriber: str
    #: The state of the event that the transition was about, after it; None if the ledger does not know the event.
    state: State | None
    #: Attempts made in the event's count, after the transition.
    attempts: int
    #: When a retrying event is due, on Redis' clock; 0 otherwise.
    due_ms: int
    #: Redis' clock.
    now_ms: int
    #: To be posted by the caller, in place.
    delivery: Delivery | None = None
    publish: tuple[Message, ...] = ()
    wakes: tuple[Wake, ...] = ()
    notices: tuple[Notice, ...] = ()
    #: What `record` did; None for the other transitions.
    recorded: Recorded | None = None
    #: What `record` answers where the body was rendered for other options than the subscription has: the right ones.
    rendering: str | None = None
