"""Threads, forked processes and coroutines publish at once, and each completion is recorded once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from lessonhook.config import COMPLETIONS
from lessonhook.producer import Producer, Publication, Recorded, Subscription
from tests.integration.producer.conftest import RunProgram
from tests.support.lms.completions import completion
from tests.support.lms.names import SUBSCRIBER
from tests.support.servers.server import Server

_URL = "https://acme.example.com/hook"


def test_twenty_threads_publish_fifty_completions_each(producer: Producer, server: Server) -> None:
    """Every one is recorded and published; each is a subscriber's first, so that each has a message."""
    names = [f"acme-{number}" for number in range(1_000)]
    for name in names:
        producer.subscriptions.put(Subscription(subscriber=name, callback_url=_URL))
    with ThreadPoolExecutor(20) as threads:
        taken = list(threads.map(lambda name: producer.send_completion.delay(completion(1, name)).recorded, names))
    assert set(taken) == {Recorded.QUEUED}
    with server.client() as client:
        assert client.llen(f"lessonhook:broker:{COMPLETIONS}") == len(names)


def test_as_many_threads_as_a_web_server_has_publish_at_one_moment(producer: Producer) -> None:
    """A hundred, for one subscriber: none is refused for want of a connection, and each is recorded once."""
    producer.subscriptions.put(Subscription(subscriber=SUBSCRIBER, callback_url=_URL))
    with ThreadPoolExecutor(100) as threads:
        taken = list(threads.map(lambda number: producer.send_completion.delay(completion(number)).id, range(1_000)))
    assert len(set(taken)) == producer.ledger.lanes.status(SUBSCRIBER).recorded == 1_000


def test_an_lms_that_forks_after_it_has_published_goes_on_publishing(
    run_program: RunProgram, producer: Producer, server: Server
) -> None:
    """Four children and their parent publish at once, from what was opened before the fork: each message once."""
    run_program("forking")
    status = producer.ledger.lanes.status(SUBSCRIBER)
    assert (status.recorded, status.queued, status.held) == (150, 1, 149)
    with server.client() as client:
        assert client.llen(f"lessonhook:broker:{COMPLETIONS}") == 151


def test_coroutines_publish(producer: Producer) -> None:
    """Directly, in a running loop, and by threads from it."""
    producer.subscriptions.put(Subscription(subscriber=SUBSCRIBER, callback_url=_URL))

    async def publish() -> list[Publication]:
        first = producer.send_completion.delay(completion(0))
        rest = (asyncio.to_thread(producer.send_completion.delay, completion(number)) for number in range(1, 50))
        return [first, *await asyncio.gather(*rest)]

    assert len({publication.id for publication in asyncio.run(publish())}) == 50
    assert producer.ledger.lanes.status(SUBSCRIBER).recorded == 50
