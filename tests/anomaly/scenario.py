"""What a scenario is: what is there before the fault, what happens while it may strike, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import SecretStr

from lessonhook.ledger import new_signing_secret
from tests.anomaly.scene import Scene
from tests.support.endpoints.exchange import ACCEPTED, FAILED, Response

#: Whose pause a lane is under in the end.
NOBODY = ""
EXHAUSTED = "exhausted"
OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Expected:
    """The lane in the end, whatever the fault was."""

    delivered: int = 0
    held: int = 0
    refused: int = 0
    paused: str = NOBODY
    #: POSTs in all, those that fail included.
    posts: int = 0


def nothing(scene: Scene) -> None:
    """Do nothing."""
    del scene


def deliver(scene: Scene) -> None:
    """Have a completion delivered."""
    scene.publish(past_doors=True)
    scene.wait(lambda: scene.status.delivered, "a delivery")


def deliver_signed(scene: Scene) -> None:
    """Have a completion delivered for a subscription with a signing secret."""
    scene.world.watcher.subscriptions.put(scene.subscription(signing_secret=SecretStr(new_signing_secret())))
    deliver(scene)


def exhaust(scene: Scene) -> None:
    """Use up an event's attempts, so that the subscriber is paused. The endpoint accepts all that comes later."""
    first: list[str] = []

    def fails_first(event_id: str, number: int) -> Response:
        first.append(event_id)
        return FAILED if event_id == first[0] and number <= scene.world.settings.attempts else ACCEPTED

    scene.endpoint.behaviour = fails_first
    scene.publish(past_doors=True)
    scene.wait(lambda: scene.status.paused, "the pause")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario; faults strike at the doors of `side`."""

    name: str
    side: str
    #: What happens while the fault is armed.
    act: Callable[[Scene], None]
    expected: Expected
    #: What has happened before.
    prepare: Callable[[Scene], None] = nothing
    #: What the LMS or an operator does when the fault is over, beside publishing again what was refused.
    afterwards: Callable[[Scene], None] = nothing
