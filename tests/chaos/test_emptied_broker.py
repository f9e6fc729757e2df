"""The broker loses everything while the ledger lives: each message and each countdown is made again from the ledger."""

from tests.chaos.scene import Scene
from tests.support.endpoints.exchange import FAILED, Post, Response
from tests.support.servers.server import Server

BROKER_DATABASE = 1


def test_with_a_backlog_and_countdowns_on_their_way(split_scene: Scene, redis_server: Server) -> None:
    """Emptied again and again while it works: all is delivered, and nothing that was delivered is sent again."""
    scene = split_scene
    failing = scene.company("failing")
    companies = scene.companies(6)

    def fail_once(post: Post) -> Response:
        first = len(scene.recorder.arrived[post.header("webhook-id")]) == 1
        return FAILED if first and post.path == f"/{failing}" else Response(delay_seconds=0.01)

    scene.respond(fail_once)
    with redis_server.client(BROKER_DATABASE) as broker:
        for company in (failing, *companies):
            scene.publish(company, 40)
        broker.flushdb()
        scene.workers.start()
        for delivered in (20, 60, 120):
            scene.wait_for_deliveries(delivered)
            broker.flushdb()
    account = scene.account()
    assert (account.delivered, account.repeats) == (280, 0)


def test_with_nobody_working(split_scene: Scene, redis_server: Server) -> None:
    """What was queued when it was emptied is published by the first worker that comes, and each event is sent once."""
    scene = split_scene
    companies = scene.companies(20)
    for company in companies:
        scene.publish(company)
    with redis_server.client(BROKER_DATABASE) as broker:
        broker.flushdb()
    worker = scene.workers.start()
    account = scene.account()
    assert (account.delivered, account.posts) == (20, 20)
    # Where a machine stands still for a lease, an event is given back unsent, and published once more.
    published = [line for line in worker.logs().splitlines() if "sweep.published" in line]
    assert {company for company in companies if any(f"subscriber={company}" in line.split() for line in published)} == {
        *companies
    }
