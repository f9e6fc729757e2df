"""How much of everything a run measures: bounded in count and in time."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The sizes of one run; the defaults are those of `make bench`, made for some 20 minutes on two cores."""

    #: Medians are taken over so many interleaved runs.
    runs: int = 3
    #: Runs of what takes its time from a clock and not from the machine: fairness.
    timed_runs: int = 2
    #: Runs of what takes a second or two, and differs as much from run to run as from its bound: publishing.
    short_runs: int = 9
    #: Events of a backlog, and the subscribers that it is spread over.
    backlog: int = 3_000
    backlog_subscribers: int = 50
    #: Subscribers with one fresh event each.
    fresh: int = 1_500
    #: `.delay()` calls of one run.
    publishes: int = 3_000
    #: How long events are published in a run of the fairness scenario, and the deadline that hanging endpoints exhaust.
    fairness_seconds: float = 15.0
    deadline_seconds: float = 10.0
    #: POSTs that wait at once in one process.
    waiting: int = 5_000
    #: What one subscriber publishes at once: a mass assignment.
    mass: int = 20_000
    #: Events behind an endpoint that is down.
    outage: int = 10_000
    #: The same for the plain task, which keeps each of them in its worker's memory.
    outage_plain: int = 3_000
    growth_subscribers: tuple[int, ...] = (10, 1_000, 100_000)
    growth_held: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    #: Deliveries timed at each of those sizes.
    growth_probes: int = 1_000
    #: How long one subscriber publishes at a pace, with `--long`, and how long the others are watched before.
    long_seconds: float = 600.0
    long_alone_seconds: float = 60.0
    #: POSTs of the bare loop, and calls of the server's own benchmark.
    limit_posts: int = 3_000
    limit_calls: int = 100_000

    @classmethod
    def quick(cls) -> Self:
        """Return the smallest sizes that still go through everything: a smoke test, its figures mean nothing."""
        return cls(
            runs=1,
            timed_runs=1,
            short_runs=1,
            backlog=300,
            backlog_subscribers=10,
            fresh=100,
            publishes=200,
            fairness_seconds=3.0,
            deadline_seconds=1.0,
            waiting=100,
            mass=500,
            outage=200,
            outage_plain=100,
            growth_subscribers=(10, 100),
            growth_held=(100, 1_000),
            growth_probes=50,
            long_seconds=3.0,
            long_alone_seconds=3.0,
            limit_posts=200,
            limit_calls=2_000,
        )
