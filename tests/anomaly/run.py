"""One run: a scenario, a site and a fault; then what is wrong, in sentences."""

import time
from dataclasses import dataclass, field

from tests.anomaly import judge
from tests.anomaly.checks import Checks, Noticing
from tests.anomaly.faults import Fault, Span
from tests.anomaly.scenario import Scenario
from tests.anomaly.scene import Scene
from tests.anomaly.sites import Site
from tests.anomaly.trigger import Trigger
from tests.anomaly.world import World

#: Between two looks at a state that nothing announces.
_LOOK_SECONDS = 0.05
#: How long a run waits for its fault to strike, once the scenario has played.
_STRIKE_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Case:
    """What is run; its text reproduces it."""

    topology: str
    scenario: str
    site: Site
    fault: str

    def __str__(self) -> str:
        return f"{self.topology} / {self.scenario} / {self.site} / {self.fault}"


@dataclass(slots=True)
class Result:
    """How a run went."""

    case: Case
    #: False where the scenario did not come to the site this time: then nothing was tested.
    struck: bool = True
    wrong: list[str] = field(default_factory=list)
    #: From the fault's end until a new event of another company was delivered.
    probe_seconds: float = 0.0
    seconds: float = 0.0


def play(world: World, scenario: Scenario, case: Case, fault: Fault, bounds: judge.Bounds) -> Result:
    """Run one case in a world whose worker is well."""
    begun = time.monotonic()
    number = next(world.numbers)
    scene, result = Scene(world, f"company-{number}"), Result(case)
    trigger = world.stage.triggers[case.site.door]
    try:
        scenario.prepare(scene)
        with Checks(world.check) as checks:
            trigger.arm(case.site, fault)
            noticing = _until_noticed(world, trigger, bounds) if fault.span is Span.NOTICED else None
            scenario.act(scene)
            _await_strike(world, scene, scenario, trigger)
            if noticing and not noticing.end():
                result.wrong.append(f"/readyz says ready, while {case.site.door} refuses on and on")
            _let_it_last(fault, trigger)
            struck = trigger.struck if fault.span is Span.OLD_CONNECTIONS else trigger.disarm()
            result.struck = struck is not None and not scene.came_late
            over = time.monotonic()
            result.wrong += _again(scene, fault)
            _afterwards(scene, scenario, over, bounds)
            result.probe_seconds = _probe(world, number, over, bounds, result)
            _await_end(scene, scenario, time.monotonic() + bounds.recovery_seconds)
        result.wrong += checks.wrong()
        _worker_lives(world, result, bounds)
        _await_end(scene, scenario, time.monotonic() + bounds.recovery_seconds)
        result.wrong += judge.everything(scene, scenario, bounds)
    finally:
        trigger.disarm()
        scene.leave()
    result.seconds = time.monotonic() - begun
    return result


def _await_strike(world: World, scene: Scene, scenario: Scenario, trigger: Trigger) -> None:
    ends = time.monotonic() + _STRIKE_SECONDS
    while time.monotonic() < ends and world.worker.running:
        if trigger.struck is not None or judge.as_expected(scenario, scene.status):
            return
        time.sleep(_LOOK_SECONDS)  # between two looks at a condition, with a bound


def _until_noticed(world: World, trigger: Trigger, bounds: judge.Bounds) -> Noticing:
    # A multiple of the time that the sweep is given, so that a busy machine does not decide.
    seconds = world.settings.alive_within_seconds + bounds.recovery_seconds
    return Noticing(trigger, lambda: world.readiness()[0], lambda: world.worker.running, seconds)


def _let_it_last(fault: Fault, trigger: Trigger) -> None:
    """Wait until a fault is over that lasts a fixed time by its definition, whatever the worker does meanwhile.

    A command that is held back is run later, also when its caller has given it up.
    """
    while trigger.holds_back:
        time.sleep(_LOOK_SECONDS)  # until the door has passed it on, which takes no longer than the fault says
    struck = trigger.struck
    if struck is not None and fault.span is Span.WHILE:
        time.sleep(max(0.0, struck + fault.seconds - time.monotonic()))  # the fault lasts so long, whatever is done


def _again(scene: Scene, fault: Fault) -> list[str]:
    """Publish again what was refused: it must be taken now, in the same process."""
    wrong = [f"when the fault was over, .delay() raised {error!r}" for error in scene.publish_refused()]
    if wrong and fault.span is Span.OLD_CONNECTIONS:
        # The connection was of the old server until this call found that out.
        wrong = [f"on the second try, .delay() raised {error!r}" for error in scene.publish_refused()]
    if wrong:
        scene.publish_refused()
    return wrong


def _afterwards(scene: Scene, scenario: Scenario, over: float, bounds: judge.Bounds) -> None:
    """Act once more; on a busy machine again, where that POSTs nothing: Celery's broker has waits of its own."""
    scenario.afterwards(scene)
    posts_nothing = scenario.expected.posts <= scenario.expected.delivered
    while bounds.reply_seconds is not None and posts_nothing and not judge.ended_well(scene):
        if time.monotonic() > over + bounds.recovery_seconds:
            return
        scenario.afterwards(scene)


def _probe(world: World, number: int, over: float, bounds: judge.Bounds, result: Result) -> float:
    """Publish for another company, and wait until that is delivered: the worker works again."""
    probe = Scene(world, f"probe-{number}")
    try:
        # From now on, and not from the fault's end: a command that a busy machine delays is no hang of the worker.
        ends = time.monotonic() + bounds.recovery_seconds
        probe.publish()
        while probe.refused and time.monotonic() < ends:
            probe.publish_refused()
        while not probe.endpoint.arrived and time.monotonic() < ends and world.worker.running:
            time.sleep(_LOOK_SECONDS)  # between two looks at a condition, with a bound
        if not probe.endpoint.arrived:
            result.wrong.append("another company's new event is not delivered")
    finally:
        probe.leave()
    return time.monotonic() - over


def _await_end(scene: Scene, scenario: Scenario, ends: float) -> None:
    while time.monotonic() < ends and scene.world.worker.running:
        if judge.as_expected(scenario, scene.status):
            return
        time.sleep(_LOOK_SECONDS)  # between two looks at a condition, with a bound


def _worker_lives(world: World, result: Result, bounds: judge.Bounds) -> None:
    worker = world.worker
    if worker.running:
        ends = time.monotonic() + bounds.recovery_seconds
        ready, why = world.readiness()
        while not ready and time.monotonic() < ends and worker.running:
            time.sleep(_LOOK_SECONDS)  # between two looks at a condition, with a bound
            # Not asked once more after this: on a busy machine a sweep may be late at any moment.
            ready, why = world.readiness()
        if worker.running:
            if not ready:
                result.wrong.append(f"the worker is well again, and /readyz says: {why}")
            return
    code = worker.wait()
    last = [line for line in worker.logs().splitlines() if "Unrecoverable" in line or "critical" in line.lower()]
    result.wrong.append(f"the worker ended with {code}: {last[-1][:300] if last else ''}")
    world.start_worker()
