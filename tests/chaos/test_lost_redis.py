"""Redis itself goes away: killed and started again, frozen, or cut off. Workers live, and nothing is lost."""

import time
from typing import Final

import pytest

from lessonhook.producer import PublishFailed
from tests.chaos.scene import BUSY_SECONDS, Scene
from tests.support.endpoints.exchange import FAILED, Post, Response
from tests.support.servers.server import Server
from tests.support.servers.tcp_proxy import Proxy

#: `.delay()` returns or raises within two seconds, whatever Redis does; Celery alone hangs for a minute.
PUBLISH_SECONDS: Final = 2.0 + BUSY_SECONDS
SLOW: Final = Response(delay_seconds=0.02)


def under_load(scene: Scene, *, backlog: int = 150) -> list[str]:
    """Have a worker deliver a backlog of four companies, while countdowns of two others run; return the four."""
    failing = [scene.company(f"failing-{number}") for number in range(2)]
    companies = scene.companies(4)

    def fail_once(post: Post) -> Response:
        first = len(scene.recorder.arrived[post.header("webhook-id")]) == 1
        return FAILED if first and post.path[1:] in failing else SLOW

    scene.respond(fail_once)
    scene.workers.start()
    for company in failing:
        scene.publish(company)
    for company in companies:
        scene.publish(company, backlog)
    scene.wait_for_deliveries(20)
    return companies


def most_in_flight(scene: Scene) -> int:
    """Return how many POSTs may have been in flight at one moment: no fault can repeat more of them."""
    return sum(scene.receiver.most_in_flight(f"/{company}") for company in scene.published)


def refused(scene: Scene, company: str) -> float:
    """Publish in vain; return how many seconds that took."""
    began = time.monotonic()
    with pytest.raises(PublishFailed):
        scene.publish(company)
    return scene.seconds_since(began)


def test_killed_and_started_again_with_its_append_only_file(scene: Scene, redis_server: Server) -> None:
    """The same worker goes on; what was in flight may repeat, nothing else does."""
    companies = under_load(scene)
    [worker] = scene.workers.started
    redis_server.kill()
    assert refused(scene, companies[0]) <= PUBLISH_SECONDS
    assert worker.running
    redis_server.restart()
    assert scene.publish_again() == 1
    account = scene.account()
    assert worker.running
    assert account.delivered == account.published == 2 + 4 * 150 + 1
    assert account.repeats <= most_in_flight(scene)


def test_its_machine_crashes_and_forgets_the_last_moment(scene: Scene, redis_server: Server) -> None:
    """What it has forgotten the LMS publishes again, under the same ids; only what was delivered then may repeat."""
    companies = under_load(scene)
    [worker] = scene.workers.started
    copy, remembered = redis_server.copy_data(), scene.total("delivered")
    forgotten = [event_id for company in companies for event_id in scene.publish(company, 10)]
    # On a busy machine the copy may have all deliveries but a few, and fewer are left.
    scene.wait_for_deliveries(min(remembered + 60, 2 + 4 * 160))
    redis_server.crash_back_to(copy)
    possible = len(scene.recorder.processed) - remembered + most_in_flight(scene)
    assert scene.total("recorded") == 2 + 4 * 150
    assert sorted(scene.publish_all_again()) == sorted(forgotten)
    account = scene.account()
    assert worker.running
    assert account.delivered == account.published == 2 + 4 * 160
    assert account.repeats <= possible


@pytest.mark.parametrize("seconds", [2.0, pytest.param(30.0, marks=pytest.mark.long)])
def test_frozen(scene: Scene, redis_server: Server, seconds: float) -> None:
    """Nobody hangs: `.delay()` fails in time, workers wait, and go on when Redis does."""
    companies = under_load(scene)
    [worker] = scene.workers.started
    redis_server.stop()
    frozen = time.monotonic()
    while scene.seconds_since(frozen) < seconds:
        assert refused(scene, companies[0]) <= PUBLISH_SECONDS
    redis_server.cont()
    refusals = scene.publish_again()
    account = scene.account()
    assert worker.running
    assert account.delivered == account.published == 2 + 4 * 150 + refusals
    assert account.repeats <= most_in_flight(scene)


def test_cut_off_in_the_middle(proxied_scene: Scene, proxy: Proxy) -> None:
    """All connections are reset, again and again, while work goes on; a transition tried once more counts once."""
    scene = proxied_scene
    under_load(scene)
    [worker] = scene.workers.started
    cut = 0
    for delivered in (60, 150, 250, 350, 450):
        cut += proxy.cut()
        scene.wait_for_deliveries(delivered)
    account = scene.account()
    assert cut > 0
    assert worker.running
    assert account.delivered == account.published == 2 + 4 * 150
    # None but those whose lease ran out before it could be settled.
    assert all(scene.leases_lost(event_id) >= times for event_id, times in account.repeated.items())
