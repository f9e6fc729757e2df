"""What a transition takes, and what it returns or raises. All are values: callers decide nothing and only act."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from lessonhook.config import LessonhookError


class State(StrEnum):
    """The state of an event; it is in exactly one of these."""

    QUEUED = "queued"
    DELIVERING = "delivering"
    RETRYING = "retrying"
    HELD = "held"
    DELIVERED = "delivered"
    REFUSED = "refused"
    #: Completed before one that was delivered, for a subscriber that skips those. Only a replay sends it.
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    ERASED = "erased"
    #: A person decided that it is not wanted any more. Only a replay sends it.
    DROPPED = "dropped"


#: The states in which an event can be sent again. Of the others, nothing is left, or a worker is about to send it.
SENDABLE: Final = (State.DELIVERED, State.REFUSED, State.SUPERSEDED, State.DROPPED, State.RETRYING, State.HELD)


class Recorded(StrEnum):
    """What `Ledger.record` did with an event."""

    #: It has a slot of its lane; its message is published.
    QUEUED = "queued"
    #: It waits in the ledger; no message is published for it.
    HELD = "held"
    #: It is stored and not sent: the subscription skips what is older than a delivered completion of the same learner
    #: and lesson.
    SUPERSEDED = "superseded"
    #: The ledger has an event of this id already; nothing changed.
    DUPLICATE = "duplicate"
    #: The subscriber has no subscription; nothing was stored, nothing is published.
    NO_SUBSCRIPTION = "no-subscription"


class Kind(StrEnum):
    """How a POST ended, as its lane sees it."""

    #: Any 2xx, or another status that the subscription counts as accepted.
    ACCEPTED = "accepted"
    FAILED = "failed"
    #: 410: the event is exhausted at once.
    GONE = "gone"
    #: 429, or 503 with `Retry-After`: no failure, because we were too fast, unless the lane was at its slowest.
    THROTTLED = "throttled"
    #: The worker could not begin: nothing was sent, nobody is charged, and the event returns to its place.
    NOT_STARTED = "not-started"
    #: The worker failed by a fault of its own. It counts as a lost worker and not as an attempt.
    CRASHED = "crashed"


class Reason(StrEnum):
    """Why an attempt ended as it did, in one word for the log, Flower and the metrics."""

    ACCEPTED = "accepted"
    #: The subscriber fetched the event and acknowledged it.
    FETCHED = "fetched"
    STATUS = "status"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    DNS = "dns"
    TLS = "tls"
    PROTOCOL = "protocol"
    CONNECTION = "connection"
    BLOCKED = "blocked"
    #: The worker's own fault.
    CRASH = "crash"


class _Facts(Protocol):
    """The facts of a POST, whether it has just ended or is read from the attempt log."""

    @property
    def reason(self) -> str: ...
    @property
    def status(self) -> int | None: ...
    @property
    def detail(self) -> str: ...
    @property
    def unconfirmed(self) -> str: ...


def in_a_few_words(post: _Facts) -> str:
    """Describe how a POST ended in one line, `accepted: 200` or `timeout: no response within 15 s`."""
    facts = post.detail or (str(post.status) if post.status else "")
    line = f"{post.reason}: {facts}" if facts else str(post.reason)
    return f"{line}, unconfirmed: {post.unconfirmed}" if post.unconfirmed else line


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one POST ended; the same facts go into the attempt log."""

    kind: Kind
    reason: Reason
    #: The HTTP status, if there was one.
    status: int | None = None
    #: How long the exchange took.
    seconds: float = 0.0
    #: The wait that `Retry-After` asked for, if the response had it. Without a POST: until there may be room for it.
    retry_after_seconds: float | None = None
    #: A few words for people, such as which certificate or which address. Never a body, never a secret.
    detail: str = ""
    #: The first bytes of the response, as text, credentials masked.
    response: str = ""
    #: What the response of an accepted POST lacks of the acknowledgement rule; "" if nothing, or if there is no rule.
    unconfirmed: str = ""

    def __str__(self) -> str:
        """Describe it in one line, `accepted: 200` or `timeout: no response within 15 s`."""
        return in_a_few_words(self)


class FreshEvent(NamedTuple):
    """One of the events that are recorded together, see `Transitions.record`."""

    event_id: str
    body: bytes
    learner: str
    lesson: str
    #: Seconds since 1970.
    completed_at: int


class Together(NamedTuple):
    """Fresh events of one subscriber that one script records, see `Transitions.record_many`."""

    subscriber: str
    events: Sequence[FreshEvent]
    rendering: str
    traceparent: str
    backfill: bool


class ListMessage(NamedTuple):
    """An event's message in parts, for a record that publishes it. The script adds the time and the queue."""

    #: The beginning of the key of every queue.
    prefix: str
    #: The text before the time when the event got its slot, in milliseconds.
    before_time: str
    #: The text between the time and the queue's name.
    before_queue: str
    #: The text after the queue's name.
    after_queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An event that now has a slot: publish `send_completion(subscriber, event_id)` on `queue`."""

    event_id: str
    queue: str
    #: When its slot was taken, on Redis' clock. The message carries it, so that the sweep knows what may still wait.
    queued_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """A countdown that the lane needs: publish `event_id` on the queue of retries, to arrive after the delay."""

    event_id: str
    #: Identifies the wake. The message carries it, and the worker passes it to `Ledger.admit`.
    wake_ms: int
    delay_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event to POST now, with all that the POST needs."""

    event_id: str
    body: bytes = field(repr=False)
    #: The subscription as it is now, with its credentials, as `SubscriptionStore.put` wrote it.
    subscription: bytes = field(repr=False)
    #: 1 for the first attempt of the present set.
    attempt: int
    token: str
    #: The wait before the POST, for `max_per_second`; the lease begins after it.
    wait_seconds: float
    #: How long the lease lasts after the wait.
    lease_seconds: float
    recorded_ms: int
    #: False if an attempt was made before, in this set of attempts or in an earlier one.
    first: bool
    #: The span that published the event; "" if publishing was not traced.
    traceparent: str = ""
    #: It tells the past, see `Transitions.record_many`; its POST has a header for that.
    backfill: bool = False
    #: How long the subscriber's last accepted POST took; infinite while its endpoint fails, None before its first POST.
    last_seconds: float | None = None


class NoticeKind(StrEnum):
    """The kinds of change that are announced. A transition is announced, a single failure is not."""

    SUBSCRIBER_PAUSED = "subscriber.paused"
    SUBSCRIBER_RESUMED = "subscriber.resumed"
    EVENT_REFUSED = "event.refused"
    EVENT_EXPIRED = "event.expired"
    EVENT_ERASED = "event.erased"
    #: A subscriber's completions used to come and stopped.
    SUBSCRIBER_QUIET = "subscriber.quiet"
    #: They come again.
    SUBSCRIBER_HEARD = "subscriber.heard"
    #: Several subscribers fell silent within days of each other.
    SUBSCRIBERS_QUIET = "subscribers.quiet"
    #: Nothing is published any more, for any subscriber.
    LMS_QUIET = "lms.quiet"
    LMS_HEARD = "lms.heard"
    LEASE_LOST = "lease.lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One change: its kind, its event if it concerns one, and the reason."""

    kind: NoticeKind
    event_id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a transition returns: the state of its event, and what the caller must do next."""

    subscriber: str
    #: The state of its event after the transition; None if the ledger does not know the event.
    state: State | None
    #: Attempts made in the event's present set, after the transition.
    attempts: int
    #: When a retrying event is due, on Redis' clock; 0 otherwise.
    due_ms: int
    #: Redis' clock.
    now_ms: int
    #: The event that the caller must POST now, in place.
    delivery: Delivery | None = None
    publish: tuple[Message, ...] = ()
    wakes: tuple[Wake, ...] = ()
    notices: tuple[Notice, ...] = ()
    #: What `record` did with the event; None for the other transitions.
    recorded: Recorded | None = None
    #: The options of the subscription, if `record` was given a body that was rendered for other ones.
    rendering: str | None = None


class FetchResult(StrEnum):
    """What `Ledger.fetch` did."""

    FETCHED = "fetched"
    #: The token is not the one that the subscriber has now.
    WRONG_TOKEN = "wrong-token"  # noqa: S105 - a word
    #: The subscription is not one that pulls.
    NO_PULL = "no-pull"
    #: The subscriber calls too often.
    TOO_SOON = "too-soon"
    #: The ledger does not know the event that the subscriber names.
    UNKNOWN = "unknown"


class HandedOut(NamedTuple):
    """An event that a subscriber gets by a fetch."""

    event_id: str
    #: As the vault sealed it.
    body: bytes
    #: It tells the past.
    backfill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The events that a subscriber gets by one fetch."""

    result: FetchResult
    #: After `TOO_SOON`: how long to wait.
    wait_seconds: float
    #: The subscription as the vault sealed it.
    document: bytes = field(repr=False)
    events: tuple[HandedOut, ...] = field(repr=False)
    #: Events that are not delivered, those that were handed out now included.
    undelivered: int
    #: What to publish; None if nothing was changed.
    step: Step | None


class SubscriptionChanged(LessonhookError):
    """A subscription was saved anew between its reading and its saving. `SubscriptionStore.change` begins anew."""
