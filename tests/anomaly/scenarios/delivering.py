"""What a worker does with what it takes: deliver, fail, try again, use up, refuse, hold back, drain."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tests.anomaly.scenario import EXHAUSTED, Expected, Scenario
from tests.anomaly.scene import Behaviour, Scene
from tests.support.endpoints.exchange import ACCEPTED, FAILED, HANGS, Response

_GONE: Final = Response(status=410)
_TOO_FAST: Final = Response(status=429, headers=(("Retry-After", "1"),))


def _publish(scene: Scene) -> None:
    scene.publish(past_doors=True)


def _replies(*responses: Response) -> Behaviour:
    """Reply so to the first POSTs of an event; accept all later ones."""
    return lambda _event, number: responses[number - 1] if number <= len(responses) else ACCEPTED


def _behaves(behaviour: Behaviour) -> Callable[[Scene], None]:
    def prepare(scene: Scene) -> None:
        scene.endpoint.behaviour = behaviour

    return prepare


def _one_hangs_and_others_wait(scene: Scene) -> None:
    scene.endpoint.behaviour = _replies(HANGS)
    scene.publish(past_doors=True)
    scene.wait(lambda: scene.endpoint.arrived, "the POST that hangs")
    scene.endpoint.behaviour = _replies()
    for _ in range(4):
        scene.publish(past_doors=True)


def _drain(scene: Scene) -> None:
    scene.release()


def _refuses_one(scene: Scene) -> None:
    """Accept all events but the first one, whose first response waits until it is released."""
    first: list[str] = []

    def behaviour(event_id: str, number: int) -> Response:
        first.append(event_id)
        if event_id != first[0]:
            return ACCEPTED
        return replace(FAILED, hangs=number == 1)

    scene.endpoint.behaviour = behaviour


def _refused(scene: Scene) -> None:
    """Have another event accepted between the attempts of the first: it is there before the first one has failed."""
    scene.publish(past_doors=True)
    scene.wait(lambda: scene.endpoint.arrived, "the first POST")
    scene.publish(past_doors=True)
    # A machine that stood still for as long as the first POST may wait has tried its event again meanwhile. The other
    # event then came after the last attempt had begun, and nothing is accepted between the two.
    scene.came_late = sum(map(len, scene.endpoint.arrived.values())) > 1
    scene.release()


def _open_window(scene: Scene) -> None:
    """Widen the window by a success, then have the endpoint say that it is too fast."""
    scene.publish(past_doors=True)
    scene.wait(lambda: scene.status.delivered == 1, "a success")
    scene.endpoint.behaviour = _replies(_TOO_FAST)


SCENARIOS: Final = (
    Scenario("deliver", "worker", _publish, Expected(delivered=1, posts=1)),
    Scenario("fail, retry", "worker", _publish, Expected(delivered=1, posts=2), _behaves(_replies(FAILED))),
    Scenario("use up", "worker", _publish, Expected(held=1, paused=EXHAUSTED, posts=2), _behaves(lambda *_: FAILED)),
    Scenario("410", "worker", _publish, Expected(held=1, paused=EXHAUSTED, posts=1), _behaves(lambda *_: _GONE)),
    Scenario("refuse", "worker", _refused, Expected(delivered=1, refused=1, posts=3), _refuses_one),
    Scenario("429", "worker", _publish, Expected(delivered=2, posts=3), _open_window),
    Scenario("drain", "worker", _drain, Expected(delivered=5, posts=5), _one_hangs_and_others_wait),
)
