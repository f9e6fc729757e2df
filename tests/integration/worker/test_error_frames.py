"""What an error reporter that keeps local variables sees of an error in a worker: Celery logs it with its frames."""

import asyncio

import pytest
from redis.exceptions import RedisError

from lessonhook.config import Settings
from lessonhook.producer import Producer
from lessonhook.worker.celery_app.worker_celery import create_app
from lessonhook.worker.client import Client, Post
from lessonhook.worker.delivery.errand import ErrandRun
from lessonhook.worker.delivery.turn import Turn
from tests.support.endpoints.exchange import ACCEPTED, Response
from tests.support.endpoints.exchange import Post as Arrived
from tests.support.endpoints.receiver import Receiver
from tests.support.error_frames import frames_of
from tests.support.people.customer import Customer
from tests.support.servers.broker_view import BrokerView
from tests.support.servers.server import Server

MARK = "MARK-5e0d"
SECRET = "whsec_TUFSSy01ZTBkTUFSSy01ZTBkTUFSSy01ZTBk"


def _customer(server: Server, producer: Producer, receiver: Receiver) -> Customer:
    """Return one with every credential; its completions have the mark in them."""
    options = {"authorization": f"Token {MARK}", "signing_secret": SECRET}
    return Customer("acme", producer, receiver, BrokerView(server), options)


def _assert_bare(error: BaseException) -> None:
    frames = frames_of(error, without=__file__)
    assert "acme" in frames
    assert MARK not in frames
    assert SECRET not in frames
    # The secret as bytes.
    assert "5e0dMARK" not in frames


def test_an_errand_whose_redis_dies_holds_no_body_in_its_frames(
    own_server: Server, own_settings: Settings, own_producer: Producer, receiver: Receiver
) -> None:
    """The endpoint has accepted the POST, and nothing can be written down any more."""
    customer = _customer(own_server, own_producer, receiver)
    own_producer.ledger.pause("acme")
    held = customer.publish(learner=MARK)

    def accept_and_lose_redis(_: Arrived) -> Response:
        own_server.kill()
        return ACCEPTED

    customer.respond(accept_and_lose_redis)
    app = create_app(own_settings)
    errand_id = own_producer.ledger.errands.ask("acme", by="ada", event_ids=[held])
    assert errand_id is not None
    try:
        with pytest.raises(RedisError) as caught:
            ErrandRun(app.runtime, "acme", errand_id).run()
    finally:
        app.runtime.close()
    assert customer.arrived == [held]
    _assert_bare(caught.value)


def test_a_turn_that_crashes_holds_no_body_in_its_frames(
    own_server: Server,
    own_settings: Settings,
    own_producer: Producer,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fault of our own, at the deepest place: it is logged with its frames."""
    customer = _customer(own_server, own_producer, receiver)
    event_id = customer.publish(learner=MARK)

    async def crash(_: Client, post: Post) -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError(post.event_id)

    monkeypatch.setattr(Client, "attempt", crash)
    app = create_app(own_settings)
    try:
        with pytest.raises(ZeroDivisionError) as caught:
            app.runtime.loop.run(Turn(app.runtime, "acme", event_id, is_first=True).take(None))
    finally:
        app.runtime.close()
    _assert_bare(caught.value)
