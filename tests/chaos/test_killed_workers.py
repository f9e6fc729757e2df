"""kill -9 of a worker, wherever it is just then: its work goes on elsewhere within a lease and a sweep."""

import time

from tests.chaos.scene import Scene
from tests.support.endpoints.exchange import ACCEPTED, FAILED, HANGS, Post, Response
from tests.support.servers.tcp_proxy import Proxy


def test_in_the_middle_of_a_post(scene: Scene) -> None:
    """What was in flight is posted again by another worker; the endpoint had decided nothing, so nothing repeats."""
    worker = scene.workers.start()
    scene.respond(HANGS)
    for company in scene.companies(4):
        scene.publish(company, 2)
    scene.receiver.wait_for(4)
    scene.respond(ACCEPTED)
    replaced = scene.replace(worker)
    account = scene.account()
    assert scene.rested - replaced <= scene.recovery_seconds
    assert (account.published, account.delivered, account.repeats) == (8, 8, 0)
    assert account.posts == 12


def test_between_the_posts_success_and_its_settlement(proxied_scene: Scene, proxy: Proxy) -> None:
    """The endpoint has it and the ledger does not know: posted once more, same id, same bytes; no other repeats."""
    scene = proxied_scene
    company = scene.company()

    def accept_and_go_silent(_: Post) -> Response:
        # Before the response leaves the endpoint, so that no settlement can pass.
        proxy.go_silent()
        return ACCEPTED

    worker = scene.workers.start()
    scene.respond(accept_and_go_silent)
    [first, *_] = scene.publish(company, 3)
    scene.wait(lambda: scene.recorder.processed[first] == 1, "the POST")
    worker.kill()
    scene.respond(ACCEPTED)
    # The settlement that was kept back is lost: it would count, although its worker is dead.
    proxy.cut()
    proxy.speak()
    replaced = scene.replace(worker, scene.settings)
    account = scene.account()
    assert scene.rested - replaced <= scene.recovery_seconds
    assert (account.delivered, account.repeated) == (3, {first: 1})


def test_in_the_middle_of_the_past(scene: Scene) -> None:
    """Another worker goes on with it, one at a time and in its order; what was in flight is the only repeat."""
    company = scene.company()
    past = scene.backfill(company, 12)
    worker = scene.workers.start()
    scene.receiver.wait_for(4)
    worker.kill()
    in_flight = scene.status(company).in_flight
    scene.workers.start()
    scene.wait_for_deliveries(12)
    account = scene.account()
    assert (account.published, account.delivered) == (12, 12)
    assert account.repeats <= in_flight <= 1
    first_arrivals = list(dict.fromkeys(post.header("webhook-id") for post in scene.receiver.posts))
    assert first_arrivals == past
    assert all(post.header("webhook-backfill") == "true" for post in scene.receiver.posts)


def test_while_it_holds_countdowns(scene: Scene) -> None:
    """Retries that a killed worker held go when they are due, not when the broker's visibility timeout is over."""
    worker = scene.workers.start()
    scene.respond(FAILED)
    companies = scene.companies(6)
    ids = [scene.publish(company)[0] for company in companies]
    scene.wait(lambda: scene.total("retrying") == len(worker.ask("scheduled")) == 6, "six countdowns in its hands")
    scene.respond(ACCEPTED)
    replaced = scene.replace(worker)
    account = scene.account()
    assert (account.delivered, account.posts, account.repeats) == (6, 12, 0)
    arrived = scene.recorder.arrived
    for failed, accepted in (arrived[event_id] for event_id in ids):
        due = failed + scene.settings.retry_delay_seconds
        assert due <= accepted <= max(due, replaced) + scene.recovery_seconds


def test_during_a_drain(scene: Scene) -> None:
    """A backlog of 300 goes on where it stopped; no more repeats than were in flight, and they are those."""
    company = scene.company()
    scene.publish(company, 300)
    worker = scene.workers.start()
    scene.receiver.wait_for(100)
    worker.kill()
    in_flight = scene.status(company).in_flight
    replaced = scene.replace(worker)
    account = scene.account()
    assert scene.rested - replaced <= scene.recovery_seconds
    assert account.delivered == 300
    assert account.repeats <= in_flight
    assert all(scene.leases_lost(event_id) >= times for event_id, times in account.repeated.items())


def test_one_of_two(scene: Scene) -> None:
    """The other worker takes over what the killed one held, with nobody's help."""
    companies = scene.companies(5)
    for company in companies:
        scene.publish(company, 60)
    running = [scene.workers.start(ready=False) for _ in range(2)]
    for worker in running:
        worker.wait_ready()
    scene.receiver.wait_for(100)
    running[0].kill()
    killed = time.monotonic()
    account = scene.account()
    assert scene.rested - killed <= scene.recovery_seconds
    assert account.delivered == 300
    assert all(scene.leases_lost(event_id) >= times for event_id, times in account.repeated.items())
