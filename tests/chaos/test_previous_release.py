"""A new release is deployed while the old one's work lies in Redis: what that one wrote is read, and delivered."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from lessonhook.ledger import State, publish
from tests.chaos.golden_release import GOLDEN, restore
from tests.chaos.scene import Scene
from tests.support.servers.server import Server

RELEASES: Final = sorted(path.stem for path in GOLDEN.glob("*.json"))
#: A dump grows old; only its retention may not run out meanwhile.
TEN_YEARS: Final = {"retention_days": 3650.0, "delivered_retention_days": 3650.0}


def written(release: str) -> Iterator[tuple[str, str, dict[str, Any], bytes]]:
    """Yield each event of a dump: its subscriber, its id, its hash and its body (empty if that was erased)."""
    dump = json.loads((GOLDEN / f"{release}.json").read_text(encoding="utf-8"))
    values = {entry["key"]: entry["value"] for entry in dump["keys"]}
    for key, value in values.items():
        shard, _, name = key.partition("}:event:")
        if name:
            subscriber, _, event_id = name.partition("/")
            yield subscriber, event_id, value, values.get(f"{shard}}}:body:{name}", "").encode()


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("with_unknown", [False, True], ids=["as it was", "with unknown fields"])
def test_its_work_is_finished(scene: Scene, redis_server: Server, release: str, *, with_unknown: bool) -> None:
    """Every state, message and countdown of a dump; and what a later release adds to them disturbs nobody."""
    bodies = {}
    for subscriber, event_id, event, body in written(release):
        scene.recorder.listen(f"/{subscriber}")
        scene.published.setdefault(subscriber, []).append(event_id)
        bodies[event_id] = body
        if event["state"] == State.DELIVERED:
            scene.recorder.arrive(event_id, body, 0.0)
            scene.recorder.process(event_id)
    with redis_server.client() as client:
        restore(client, release, scene.receiver.url(""), with_unknown=with_unknown)
    worker = scene.workers.start(settings=scene.settings.model_copy(update=TEN_YEARS))
    paused = {name for name in scene.published if scene.status(name).paused}
    assert scene.account().held == sum(scene.status(name).held for name in paused) > 0
    for name in paused:
        publish(scene.producer.app, scene.ledger.resume(name), ledger=scene.ledger)
    account = scene.account()
    assert (account.delivered, account.erased, account.repeats) == (account.published - 1, 1, 0)
    for post in scene.receiver.posts:
        assert post.body == bodies[post.header("webhook-id")]
    assert "Traceback" not in worker.logs()


@pytest.mark.parametrize("release", RELEASES)
def test_it_holds_every_state_that_an_undelivered_event_can_have(release: str) -> None:
    """A dump that lacks a state would prove nothing about it."""
    states = {event["state"] for _, _, event, _ in written(release)}
    assert states >= {State.QUEUED, State.DELIVERING, State.RETRYING, State.HELD, State.DELIVERED, State.ERASED}
