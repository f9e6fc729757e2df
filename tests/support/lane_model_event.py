"""What the model of a lane is made of: an event, and what a transition answers. Times are in milliseconds."""

from dataclasses import dataclass, field

from lessonhook.ledger import Recorded, State

FINAL = frozenset({State.DELIVERED, State.REFUSED, State.EXPIRED, State.ERASED})
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
    n: int = 0
    used_up: bool = False
    #: 0: never used up; 1: it was; 2: it was, and another event was accepted since.
    spent: int = 0
    #: Another event was accepted since this one's previous attempt, or since its record.
    ok_since: bool = False
    due: int = 0
    #: Which delivery of the lane owns it; 0 while none does.
    token: int = 0
    lease_until: int = 0
    window_at_admit: int = 0
    erasing: bool = False
    leases_lost: int = 0
    #: How often it was posted, in all counts.
    posts: int = 0
    queued_at: int = 0
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
    def place(self) -> tuple[int, int]:
        """Where it stands among those of its learner and lesson."""
        return self.completed_at, self.number


@dataclass(kw_only=True, eq=False)
class Answer:
    """What a transition of the model answers."""

    recorded: Recorded | None = None
    #: The event to post in place, its attempt, and how long to wait before.
    delivery: Event | None = None
    wait: int = 0
    #: Event and queue.
    published: list[tuple[str, str]] = field(default_factory=list)
    wakes: list[int] = field(default_factory=list)
