"""A Redis that is down or hangs costs the caller two seconds at most; a broker that is away costs no event."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lessonhook.config import COMPLETIONS, Settings
from lessonhook.ledger import State
from lessonhook.producer import Producer, PublishFailed, Recorded, Subscription
from tests.support.endpoints.receiver import Receiver
from tests.support.lms.completions import completion
from tests.support.lms.names import SUBSCRIBER
from tests.support.patience import PUBLISHING_SECONDS
from tests.support.people.producing import running_producer, subscribe
from tests.support.people.stored_fields import event_fields
from tests.support.processes.workers import Workers
from tests.support.servers.server import Server


@contextmanager
def in_time() -> Iterator[None]:
    """Expect PublishFailed within the promised time."""
    begun = time.monotonic()
    with pytest.raises(PublishFailed) as raised:
        yield
    assert time.monotonic() - begun < PUBLISHING_SECONDS
    assert "learner" not in str(raised.value)


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
@pytest.mark.parametrize("away", [Server.kill, Server.stop], ids=["down", "frozen"])
def test_a_redis_that_is_away_fails_the_publish_in_time(
    own_server: Server, on_own_server: Producer, away: Callable[[Server], None], *, warm: bool
) -> None:
    """Whether a connection was open before or not; and when it is back, the same event goes through."""
    if warm:
        on_own_server.send_completion.delay(completion(0))
    else:
        on_own_server.ledger.redis.close()
    away(own_server)
    with in_time():
        on_own_server.send_completion.delay(completion(1))
    own_server.cont() if own_server.running else own_server.restart()
    again = on_own_server.send_completion.delay(completion(1))
    assert again.accepted
    assert on_own_server.ledger.lanes.status(SUBSCRIBER).recorded == 1 + warm


def test_subscriptions_fail_in_time_when_redis_is_away(own_server: Server, on_own_server: Producer) -> None:
    """Each of the four calls."""
    own_server.stop()
    with in_time():
        subscribe(on_own_server)
    with in_time():
        on_own_server.subscriptions.get(SUBSCRIBER)
    with in_time():
        on_own_server.subscriptions.list()
    with in_time():
        on_own_server.subscriptions.delete(SUBSCRIBER)


def test_a_broker_that_closed_a_connection_meanwhile_takes_what_comes_next(
    own_server: Server, on_own_server: Producer
) -> None:
    """Many close clients that say nothing for some minutes: no completion of a quiet LMS may wait for the sweep."""
    for number in range(3):
        company = f"acme-{number}"
        on_own_server.subscriptions.put(Subscription(subscriber=company, callback_url="https://acme.example.com/hook"))
        on_own_server.send_completion.delay(completion(number, company))
        with own_server.client() as client:
            assert client.llen(f"lessonhook:broker:{COMPLETIONS}") == number + 1
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def test_a_completion_that_no_connection_is_free_to_publish_is_accepted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that hangs keeps the connections of all threads that publish; what is recorded waits for the sweep."""
    monkeypatch.setattr("lessonhook.producer.app.CONNECTIONS", 1)
    with running_producer(settings) as producer:
        subscribe(producer)
        with producer.app.borrowed_producer():
            assert producer.send_completion.delay(completion(1)).recorded is Recorded.QUEUED


@pytest.mark.parametrize("away", [Server.kill, Server.stop], ids=["down", "frozen"])
def test_with_the_ledger_up_a_broker_that_is_away_costs_time_and_no_event(
    own_server: Server,
    settings: Settings,
    receiver: Receiver,
    worker_process: Workers,
    away: Callable[[Server], None],
) -> None:
    """The event is recorded, so it is accepted; the sweep publishes it when the broker is back."""
    apart = settings.model_copy(update={"broker_url_setting": own_server.url})
    with running_producer(apart) as producer:
        subscribe(producer, receiver.url())
        away(own_server)
        begun = time.monotonic()
        publication = producer.send_completion.delay(completion(1))
        assert time.monotonic() - begun < PUBLISHING_SECONDS
        assert publication.recorded is Recorded.QUEUED
        own_server.cont() if own_server.running else own_server.restart()
        with own_server.client() as client:
            # What a frozen broker had taken in before it froze it may still do; that is not what is tested here.
            client.flushall()
        worker_process.start(settings=apart)
        [post] = receiver.wait_for(1)
        assert post.header("webhook-id") == publication.id
        event = event_fields(producer.ledger, SUBSCRIBER, publication.id)
        assert State(event["state"]) in {State.DELIVERED, State.DELIVERING}
