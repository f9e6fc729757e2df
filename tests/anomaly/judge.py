"""The properties that hold whatever the fault was; each one that does not is a sentence."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from lessonhook.ledger import LaneStatus
from lessonhook.producer import PublishFailed
from tests.anomaly.pages import is_well
from tests.anomaly.scenario import EXHAUSTED, NOBODY, OPERATOR, Scenario
from tests.anomaly.scene import Scene

#: What `.delay()` promises, and what a machine that runs other tests meanwhile may add.
DELAY_SECONDS: Final = 2.0


#: 0 well, 1 not found or not well, 3 Redis is not reachable or refuses.
EXIT_CODES: Final = frozenset({0, 1, 3})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long things may take; wider where a busy machine must not decide."""

    delay_seconds: float = DELAY_SECONDS
    #: From the end of the fault until the lane is as expected, what its own delays take included.
    recovery_seconds: float = 20.0
    #: How long the LMS, commands and pages wait for one reply of Redis; None: as long as lessonhook says.
    reply_seconds: float | None = None

    @property
    def case_seconds(self) -> float:
        """Return what no case takes: more than all its waits together, of which each has its own bound."""
        return 10 * self.recovery_seconds + 120.0


#: For a machine that does other work: what hangs, hangs for longer than this.
PATIENT: Final = Bounds(delay_seconds=20.0, recovery_seconds=60.0, reply_seconds=10.0)


def everything(scene: Scene, scenario: Scenario, bounds: Bounds) -> list[str]:
    """Return each property that does not hold."""
    return [*lms(scene, bounds), *commands(scene), *pages(scene), *lane(scene, scenario, scene.status)]


def lms(scene: Scene, bounds: Bounds) -> Iterator[str]:
    """Judge the calls of the LMS's process."""
    for call in scene.calls:
        if call.error is not None and not isinstance(call.error, PublishFailed):
            yield f".{call.what}() raised {type(call.error).__name__}: {call.error}"
        if call.seconds > bounds.delay_seconds:
            yield f".{call.what}() took {call.seconds:.1f} s"


def commands(scene: Scene) -> Iterator[str]:
    """Judge what an operator saw: a documented exit code and words in place of a traceback, and success in the end."""
    for ran in scene.commands:
        words = " ".join(ran.command)
        if ran.code not in EXIT_CODES:
            yield f"`{words}` ended with {ran.code} after {ran.seconds:.1f} s: {ran.text[-300:]}"
        elif "Traceback" in ran.text:
            yield f"`{words}` shows a traceback: {ran.text[-300:]}"
        elif ran.code and not ran.text.strip():
            yield f"`{words}` ended with {ran.code} and says nothing"
    if scene.commands and scene.commands[-1].code:
        last = scene.commands[-1]
        yield f"when the fault was over, `{' '.join(last.command)}` ended with {last.code}: {last.text[-300:]}"
    yield from scene.notes


def pages(scene: Scene) -> Iterator[str]:
    """Judge what a browser was shown: the page or, while Redis does not serve, that it is not available."""
    for visit in scene.visits:
        if not is_well(visit) and visit.status not in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.OK}:
            yield f"{visit.what} ended with {visit.status} after {visit.seconds:.1f} s: {visit.text[-300:]}"
    if scene.visits and not is_well(scene.visits[-1]):
        last = scene.visits[-1]
        yield f"when the fault was over, {last.what} ended with {last.status}: {last.text[-300:]}"


def ended_well(scene: Scene) -> bool:
    """Return whether the last command and the last page, if there were any, did what was asked."""
    return not any(ran.code for ran in scene.commands[-1:]) and all(map(is_well, scene.visits[-1:]))


def lane(scene: Scene, scenario: Scenario, status: LaneStatus) -> Iterator[str]:
    """Judge where the events are, and what the company was charged with."""
    expected = scenario.expected
    found = (status.delivered, status.held, status.refused, pause_of(status))
    wanted = (expected.delivered, expected.held, expected.refused, expected.paused)
    if found != wanted:
        yield f"delivered, held, refused, paused are {found}, not {wanted}"
    yield from _attempts(scene)
    posts = sum(len(scene.endpoint.arrived[event_id]) for event_id in scene.published)
    if posts > expected.posts:
        yield f"{posts - expected.posts} POSTs more than {expected.posts}"


def as_expected(scenario: Scenario, status: LaneStatus) -> bool:
    """Return whether the lane is where it should be, and nothing is under way."""
    expected = scenario.expected
    found = (status.delivered, status.held, status.refused, pause_of(status))
    return (
        found == (expected.delivered, expected.held, expected.refused, expected.paused)
        and status.queued + status.in_flight + status.retrying == 0
    )


def pause_of(status: LaneStatus) -> str:
    """Name whose pause a lane is under."""
    if status.paused is None:
        return NOBODY
    return OPERATOR if "operator" in status.paused.why else EXHAUSTED


def _attempts(scene: Scene) -> Iterator[str]:
    """Hold the ledger's failed attempts against what the endpoint really replied."""
    events = scene.world.ledger.events
    for event_id in scene.published:
        failed = [attempt for attempt in events.attempts(scene.subscriber, event_id) if attempt.kind != "accepted"]
        if len(failed) > scene.endpoint.failures[event_id]:
            yield f"charged with {len(failed)} failed attempts, replied {scene.endpoint.failures[event_id]}: {failed}"
