"""`await send_completion.adelay(event)`: what `.delay()` does, while the event loop goes on."""

import asyncio

import pytest

from lessonhook.config import Settings
from lessonhook.ledger import Recorded
from lessonhook.producer import (
    CompletionDict,
    InvalidCompletion,
    Producer,
    Publication,
    PublishFailed,
    Subscription,
    send_completion,
    subscriptions,
)
from lessonhook.producer.testing import recording
from tests.support.lms.completions import completion_dict
from tests.support.people.producing import ACME_URL, subscribe
from tests.support.servers.server import Server


def completion(number: int) -> CompletionDict:
    """Return a completion of a learner whose id is a number."""
    return completion_dict(number, learner=str(number))


async def sent(producer: Producer, *numbers: int) -> list[Publication]:
    """Send completions at once, and close what that opened."""
    try:
        return await asyncio.gather(*(producer.send_completion.adelay(completion(number)) for number in numbers))
    finally:
        await producer.send_completion.aclose()


def test_many_at_once_are_recorded_and_published(acme: Producer, server: Server) -> None:
    """Over one connection; each has the id that `.delay()` would give it."""
    publications = asyncio.run(sent(acme, *range(100)))
    assert {publication.recorded for publication in publications} == {Recorded.QUEUED, Recorded.HELD}
    status = acme.ledger.lanes.status("acme")
    assert (status.recorded, status.queued) == (100, 1)
    with server.client() as client:
        assert client.llen("lessonhook:broker:completions") == 1
    assert acme.send_completion.delay(completion(7)).id == publications[7].id


def test_each_event_loop_has_its_own_connection(acme: Producer) -> None:
    """One loop after another, as in tests of an LMS: nothing is left of the loop before."""
    for number in range(3):
        [publication] = asyncio.run(sent(acme, number))
        assert publication.accepted
    assert acme.ledger.lanes.status("acme").recorded == 3


def test_a_broker_that_is_not_in_the_ledger_gets_its_messages(acme: Producer, own_server: Server) -> None:
    """By kombu, in a thread."""
    settings = acme.publisher.app.settings.model_copy(update={"broker_url_setting": own_server.url})
    producer = Producer(settings)
    asyncio.run(sent(producer, 1))
    with own_server.client() as client:
        assert client.llen("lessonhook:broker:completions") == 1
    producer.close()


def test_a_wrong_completion_is_refused(acme: Producer) -> None:
    """Before anything is stored, also by an option of the subscription that was not known yet."""
    with pytest.raises(InvalidCompletion, match="completed_at"):
        asyncio.run(acme.send_completion.adelay({"subscriber": "acme"}))  # type: ignore[arg-type]  # the point
    acme.subscriptions.change("acme", numeric_ids=True)
    with pytest.raises(InvalidCompletion, match=r"user\.id"):
        asyncio.run(acme.send_completion.adelay({**completion(1), "user": {"id": "x", "name": "A", "email": ""}}))
    assert acme.ledger.lanes.status("acme").recorded == 0


def test_options_that_changed_are_followed(acme: Producer) -> None:
    """The body is rendered as the subscription wants it now."""
    asyncio.run(sent(acme, 1))
    acme.subscriptions.change("acme", numeric_ids=True)
    [publication] = asyncio.run(sent(acme, 2))
    body = acme.ledger.events.body("acme", publication.id)
    assert body is not None
    assert b'"id":2' in body.replace(b" ", b"")


@pytest.mark.parametrize("connected", [True, False])
def test_a_hundred_at_once_end_while_redis_hangs(settings: Settings, own_server: Server, connected: bool) -> None:
    """Each with PublishFailed; the loop goes on meanwhile, and the same calls succeed when Redis does."""
    producer = Producer(settings.model_copy(update={"redis_url": own_server.url}))
    subscribe(producer)
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)  # beats show that the loop goes on
            beats += 1

    async def story() -> list[Publication | BaseException]:
        if connected:
            await producer.send_completion.adelay(completion(-1))
        own_server.stop()
        beating = asyncio.create_task(beat())
        calls = (producer.send_completion.adelay(completion(number)) for number in range(100))
        failed = await asyncio.gather(*calls, return_exceptions=True)
        beating.cancel()
        own_server.cont()
        # A server that was frozen on a busy machine may take a moment.
        await asyncio.to_thread(own_server.wait_ready)
        again = await asyncio.gather(*(producer.send_completion.adelay(completion(number)) for number in range(100)))
        assert all(publication.accepted for publication in again)
        await producer.aclose()
        return failed

    failed = asyncio.run(story())
    assert all(isinstance(error, PublishFailed) for error in failed)
    # A loop that is blocked would not beat at all.
    assert beats >= 10
    assert producer.ledger.lanes.status("acme").recorded == 100 + connected
    producer.close()


def test_redis_that_is_gone_is_said_in_words(settings: Settings) -> None:
    """As `.delay()` says it."""
    producer = Producer(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    with pytest.raises(PublishFailed, match="Redis did not confirm"):
        asyncio.run(sent(producer, 1))


def test_the_fixture_for_an_lmss_tests_keeps_them() -> None:
    """With no Redis."""
    with recording(send_completion) as outbox:
        subscriptions.put(Subscription(subscriber="acme", callback_url=ACME_URL))
        publication = asyncio.run(send_completion.adelay(completion(1)))
        assert [each.id for each in outbox] == [publication.id]
        with outbox.redis_down(), pytest.raises(PublishFailed):
            asyncio.run(send_completion.adelay(completion(2)))
