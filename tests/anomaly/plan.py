"""Which cases there are: every command that a scenario was seen to send, with every fault; a seed picks some."""

import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from tests.anomaly import judge
from tests.anomaly.faults import Fault
from tests.anomaly.run import Case
from tests.anomaly.scenario import Scenario, nothing
from tests.anomaly.scene import Scene
from tests.anomaly.sites import Site
from tests.anomaly.world import World

#: Of one kind of command, more than this many in a scenario are the sweep's, which begins anew each time.
_OF_A_KIND = 3
_REHEARSALS = 2
_REHEARSAL_SECONDS = 120.0


class NotRehearsed(Exception):
    """A scenario that does not end as it should without any fault."""

    def __init__(self, wrong: list[str]) -> None:
        super().__init__("; ".join(wrong))
        self.wrong = wrong


def rehearse(world: World, scenario: Scenario, bounds: judge.Bounds) -> list[Site]:
    """Play a scenario without a fault, and return the sites that it came to each time. Raises `NotRehearsed`."""
    seen: list[Counter[tuple[str, str]]] = []
    triggers = world.triggers_of(scenario.side)
    for _ in range(_REHEARSALS):
        scene = Scene(world, f"rehearsal-{next(world.numbers)}")
        scenario.prepare(scene)
        for trigger in triggers.values():
            trigger.watch()
        scenario.act(scene)
        _finish(scene, scenario, acted_all=scenario.afterwards is nothing)
        seen.append(
            Counter({(door, name): n for door, trigger in triggers.items() for name, n in trigger.counts.items()})
        )
        scenario.afterwards(scene)
        _finish(scene, scenario, acted_all=True)
        scene.leave()
        if wrong := judge.everything(scene, scenario, bounds):
            raise NotRehearsed(wrong)
    common = seen[0]
    for counts in seen[1:]:
        common &= counts
    return [
        Site(door, command, number)
        for (door, command), count in sorted(common.items())
        for number in range(1, min(count, _OF_A_KIND) + 1)
    ]


def _finish(scene: Scene, scenario: Scenario, *, acted_all: bool) -> None:
    """Wait for the end that is expected; before all is done it need not come, and what is seen until then counts."""
    ends = time.monotonic() + _REHEARSAL_SECONDS
    while not judge.as_expected(scenario, scene.status) and time.monotonic() < ends:
        if not acted_all:
            time.sleep(0.3)  # `afterwards` acts in its own time, and no sign of it can be waited for
            return
        time.sleep(0.02)  # between two looks at the events


def cases(topology: str, scenario: Scenario, sites: Iterable[Site], faults: Sequence[Fault]) -> list[Case]:
    """Return every case of a scenario."""
    return [
        Case(topology, scenario.name, site, fault.name) for site in sites for fault in faults if fault.fits(site.door)
    ]


def pick(every: Sequence[Case], runs: int | None, seed: int) -> list[Case]:
    """Return so many cases in an order that the seed decides."""
    shuffled = list(every)
    random.Random(seed).shuffle(shuffled)
    return shuffled if runs is None else shuffled[:runs]
