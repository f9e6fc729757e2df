"""What the sweep does: it finds a message that is gone, a worker that was lost, a countdown that never came."""

from dataclasses import replace
from typing import Final

from lessonhook.ledger import Ledger, Policy
from tests.anomaly.scenario import OPERATOR, Expected, Scenario
from tests.anomaly.scene import Scene


def _record(scene: Scene) -> str:
    """Record an event as a producer does that ends before it has published the message."""
    completion = scene.completion()
    step = scene.world.ledger.record(
        scene.subscriber,
        f"{scene.subscriber}-lost",
        body=b'{"user":{"id":"1"}}',
        learner=completion.user.id,
        lesson=completion.lesson.id,
        completed_at=int(completion.completed_at.timestamp()),
    )
    assert step.recorded
    event_id = f"{scene.subscriber}-lost"
    scene.published.append(event_id)
    return event_id


def _lost_message(scene: Scene) -> None:
    _record(scene)


def _lost_worker(scene: Scene) -> None:
    """Take an event as a worker does that is killed at once; its lease is short."""
    event_id = _record(scene)
    policy = Policy.from_settings(scene.world.settings)
    policy = replace(policy, lease_ms=300)
    short = Ledger(scene.world.ledger.redis, policy, scene.world.ledger.vault)
    assert short.admit(scene.subscriber, event_id).delivery


def _paused_meanwhile(scene: Scene) -> None:
    _lost_worker(scene)
    scene.world.ledger.pause(scene.subscriber)


SCENARIOS: Final = (
    Scenario("sweep: a lost message", "worker", _lost_message, Expected(delivered=1, posts=1)),
    Scenario("sweep: a lost worker", "worker", _lost_worker, Expected(delivered=1, posts=1)),
    Scenario("sweep: a lost worker, paused", "worker", _paused_meanwhile, Expected(held=1, paused=OPERATOR)),
)
