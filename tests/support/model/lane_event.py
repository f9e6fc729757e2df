"""What the model of a lane is made of: an event, and what a transition returns. Times are in milliseconds."""

from dataclasses import dataclass, field

from lessonhook.ledger import Recorded, State

FINAL = frozenset({State.DELIVERED, State.REFUSED, State.SUPERSEDED, State.EXPIRED, State.ERASED, State.DROPPED})
IN_SLOT = frozenset({State.QUEUED, State.DELIVERING})


@dataclass(kw_only=True, eq=False)
class Event:
    """One completion, and what its lane remembers of it."""

    name: str
    number: int
    pair: str
    completed_at: int
    recorded_at: int
    state: State = State.HELD
    #: Attempts of this count.
    failed_attempts: int = 0
    exhausted: bool = False
    #: 0: never used up; 1: it was; 2: it was, and another event was accepted since.
    exhausted_before: int = 0
    #: Another event was accepted since this one's previous attempt, or since its record.
    accepted_since: bool = False
    due_at: int = 0
    #: Which delivery of the lane owns it; 0 while none does.
    token: int = 0
    lease_until: int = 0
    window_at_admit: int = 0
    erasing: bool = False
    #: It tells the past.
    backfill: bool = False
    #: It tells the past, and a live event of its pair waited behind it: it goes with the live ones.
    ahead_of_live: bool = False
    #: Its place among those that the subscriber has fetched and may acknowledge; 0 if it is none of them.
    fetched_as: int = 0
    leases_lost: int = 0
    #: Workers that were lost in a row while they had it; how often it was given back in a row, 5 at most.
    workers_lost: int = 0
    given_back: int = 0
    #: How often it was posted, in all counts.
    posts: int = 0
    queued_at: int = 0
    #: Its message is on the queue of first attempts.
    is_first: bool = False
    #: When its message may count as gone, and how often it was published again since its last delivery.
    look_at: int = 0
    republished: int = 0

    @property
    def final(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.state in FINAL

    @property
    def in_slot(self) -> bool:
        """Whether it takes a slot of its lane."""
        return self.state in IN_SLOT

    @property
    def apart(self) -> bool:
        """Whether it waits apart from the live ones."""
        return self.backfill and not self.ahead_of_live

    @property
    def order(self) -> tuple[int, int]:
        """Where it stands among those of its learner and lesson."""
        return self.completed_at, self.number


@dataclass(kw_only=True, eq=False)
class ModelStep:
    """What a transition of the model returns."""

    recorded: Recorded | None = None
    #: The event to post in place, its attempt, and how long to wait before.
    delivery: Event | None = None
    wait: int = 0
    #: Event and queue.
    published: list[tuple[str, str]] = field(default_factory=list)
    wakes: list[int] = field(default_factory=list)
