"""What an LMS does: it publishes into a free slot, into a backlog, for a paused lane, and saves subscriptions."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from lessonhook.ledger import publish
from lessonhook.producer import CompletionEvent
from tests.anomaly.scenario import OPERATOR, Expected, Scenario, exhaust
from tests.anomaly.scene import Scene
from tests.support.endpoints.exchange import ACCEPTED, HANGS

Act = Callable[[Scene], None]


def _free(scene: Scene) -> None:
    scene.publish()


def _busy(scene: Scene) -> None:
    """Fill the only slot with a POST that hangs."""
    scene.endpoint.behaviour = lambda _event, number: HANGS if number == 1 else ACCEPTED
    scene.publish(past_doors=True)
    scene.wait(lambda: scene.endpoint.arrived, "the POST that hangs")
    scene.endpoint.behaviour = lambda _event, _number: ACCEPTED


def _backlog(scene: Scene) -> None:
    for _ in range(3):
        scene.publish()


def _pause(scene: Scene) -> None:
    scene.world.ledger.pause(scene.subscriber)


def _put_subscription(scene: Scene) -> None:
    scene.call("put", lambda: scene.world.producer.subscriptions.put(scene.subscription()))
    scene.call("change", lambda: scene.world.producer.subscriptions.change(scene.subscriber, max_in_flight=2))
    scene.call("get", lambda: scene.world.producer.subscriptions.get(scene.subscriber))
    scene.publish()


def _remove_subscription(scene: Scene) -> None:
    scene.call("delete", lambda: scene.world.producer.subscriptions.delete(scene.subscriber))


def _put_again(scene: Scene) -> None:
    """Save the subscription anew: what its lane holds goes on."""
    scene.world.producer.subscriptions.put(scene.subscription())
    scene.publish()


def _publish_connected_anew(scene: Scene) -> None:
    """Publish by a producer that has no connection yet, as a process of the LMS's does that has just started."""
    scene.world.producer.close()
    scene.publish()


def _together(scene: Scene) -> None:
    scene.publish_together("delay_many", scene.world.producer.send_completion.delay_many)


def _past(scene: Scene) -> None:
    scene.publish_together("backfill", scene.world.producer.send_completion.backfill)


def _on_a_loop(what: str, publish: Callable[[Scene, list[CompletionEvent]], Coroutine[Any, Any, object]]) -> Act:
    """Publish on an event loop of its own, whose connection is a new one."""
    return lambda scene: scene.publish_together(what, lambda events: asyncio.run(publish(scene, events)))


async def _one_by_one(scene: Scene, events: list[CompletionEvent]) -> None:
    await asyncio.gather(*(scene.world.producer.send_completion.adelay(event) for event in events))


async def _many_from_a_coroutine(scene: Scene, events: list[CompletionEvent]) -> None:
    await scene.world.producer.send_completion.adelay_many(events)


async def _past_from_a_coroutine(scene: Scene, events: list[CompletionEvent]) -> None:
    await scene.world.producer.send_completion.abackfill(events)


def _resume(scene: Scene) -> None:
    publish(scene.world.watcher.app, scene.world.ledger.resume(scene.subscriber), ledger=scene.world.ledger)


#: Calls that publish three completions here.
_SEVERAL: Final[dict[str, Act]] = {
    "delay_many": _together,
    "backfill": _past,
    "adelay": _on_a_loop("adelay", _one_by_one),
    "adelay_many": _on_a_loop("adelay_many", _many_from_a_coroutine),
    "abackfill": _on_a_loop("abackfill", _past_from_a_coroutine),
}
#: The methods of `send_completion` that scenarios here call.
WAYS: Final = {"delay", *_SEVERAL}

SCENARIOS: Final = (
    Scenario("publish: a free slot", "lms", _free, Expected(delivered=1, posts=1)),
    Scenario("publish: a new process", "lms", _publish_connected_anew, Expected(delivered=1, posts=1)),
    *(Scenario(f"publish: {way}", "lms", act, Expected(delivered=3, posts=3)) for way, act in _SEVERAL.items()),
    Scenario(
        "publish: a backlog",
        "lms",
        _backlog,
        Expected(delivered=4, posts=4),
        prepare=_busy,
        afterwards=lambda scene: scene.release(),
    ),
    Scenario("publish: paused by an operator", "lms", _free, Expected(held=1, paused=OPERATOR), prepare=_pause),
    Scenario("publish: paused and resumed", "lms", _free, Expected(delivered=1, posts=1), _pause, _resume),
    Scenario("publish: lifts a pause", "lms", _free, Expected(delivered=2, posts=4), prepare=exhaust),
    Scenario("subscriptions: put, change, get", "lms", _put_subscription, Expected(delivered=1, posts=1)),
    Scenario(
        "subscriptions: delete, put again",
        "lms",
        _remove_subscription,
        Expected(delivered=1, posts=1),
        afterwards=_put_again,
    ),
)
