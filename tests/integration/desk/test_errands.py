"""A person asks, a worker POSTs: an LMS's web process sends nothing to an address that a customer chose."""

import pytest

from lessonhook.console.processes import wait_until
from lessonhook.desk import (
    Desk,
    ErrandRecord,
    LastTry,
    LedgerUnavailable,
    TooManyPosts,
    UnknownErrand,
    UnknownEvent,
    UnsendableEvent,
)
from lessonhook.ledger import POSTS_A_MINUTE, State
from lessonhook.producer import Producer, Settings
from tests.support.endpoints.exchange import ACCEPTED, FAILED, Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.processes.workers import Workers


def _ended(desk: Desk, errand: ErrandRecord) -> ErrandRecord:
    """Wait for a worker to end it, as a page does."""

    def look() -> list[ErrandRecord]:
        now = desk.of(errand.subscriber).errand(errand.errand_id)
        return [now] if now.done else []

    [found] = wait_until(look, PATIENCE_SECONDS, "the errand's end")
    return found


def test_a_worker_posts_the_sample_and_says_what_came_back(
    desk: Desk, customer: Customer, worker_process: Workers
) -> None:
    """With the credentials of now; the words are those of a test by the command line."""
    one = desk.of("acme")
    asked = one.ask_for_sample(by="ada@acme.example")
    assert (asked.is_sample, asked.done, asked.worker, asked.by) == (True, False, "", "ada@acme.example")
    assert customer.posts == []
    worker_process.start().wait_ready()
    first = _ended(desk, asked)
    assert (first.accepted, first.posts[0].words) == (True, "200: the endpoint accepted it")
    [post] = customer.posts
    assert (post.header("webhook-id"), post.body) == (first.posts[0].event_id, one.sample())
    assert post.header("authorization") == "Token secret-of-acme"
    customer.respond(lambda _: Response(status=401, body=b"who are you"))
    second = _ended(desk, one.ask_for_sample(by="ada"))
    assert (second.accepted, second.posts[0].words) == (False, "401: the endpoint refused the Authorization value")
    assert second.posts[0].attempt is not None
    assert second.posts[0].attempt.response == "who are you"
    assert one.state().recorded == 0


def test_the_last_try_is_that_of_the_present_endpoint(desk: Desk, customer: Customer, worker_process: Workers) -> None:
    """What another URL or another value was sent says nothing of this one."""
    one = desk.of("acme")
    assert one.last_try() is None
    worker_process.start().wait_ready()
    customer.respond(lambda _: Response(status=404))
    _ended(desk, one.ask_for_sample(by="ada"))
    assert one.last_try() == LastTry(accepted=False, reason="status", status=404)
    one.save(authorization="Token new", by="ada")
    assert one.last_try() is None
    customer.respond(ACCEPTED)
    _ended(desk, one.ask_for_sample(by="ada"))
    assert one.last_try() == LastTry(accepted=True, reason="accepted", status=ACCEPTED.status)
    one.remove(by="ada")
    assert one.last_try() is None


def test_a_worker_sends_a_selection_again_in_the_order_of_completion(
    desk: Desk, customer: Customer, stored: Stored, worker_process: Workers
) -> None:
    """Each event's log names the person; a failure leaves its event as it was."""
    first, second = stored.held(), stored.held()
    customer.respond(ACCEPTED, FAILED)
    worker_process.start().wait_ready()
    ended = _ended(desk, desk.of("acme").ask_for_replay(second, first, by="ada"))
    assert customer.arrived == [first, second]
    assert [(post.event_id, post.accepted) for post in ended.posts] == [(first, True), (second, False)]
    assert [desk.of("acme").event(each).state for each in (first, second)] == [State.DELIVERED, State.HELD]
    assert "ada" in desk.of("acme").attempts(first)[-1].worker
    assert ended.worker


def test_what_cannot_be_sent_is_refused_before_anything_is_asked(desk: Desk, customer: Customer) -> None:
    """An event on its way, an event of nobody or of another subscriber."""
    queued = customer.publish()
    with pytest.raises(UnsendableEvent):
        desk.of("acme").ask_for_replay(queued, by="ada")
    with pytest.raises(UnknownEvent):
        desk.of("acme").ask_for_replay("unknown", by="ada")
    with pytest.raises(UnknownErrand):
        desk.of("acme").errand("unknown")


def test_an_errand_is_nobody_elses(desk: Desk, customer: Customer) -> None:
    """Its id alone opens nothing: it is read by the subscriber that it belongs to."""
    errand = desk.of(customer.name).ask_for_sample(by="ada")
    with pytest.raises(UnknownErrand):
        desk.of("other").errand(errand.errand_id)


def test_a_button_is_no_flood(desk: Desk, customer: Customer) -> None:
    """One subscriber has POSTS_A_MINUTE, for all people together. Another subscriber has as many of its own."""
    one = desk.of(customer.name)
    for _ in range(POSTS_A_MINUTE):
        one.ask_for_sample(by="ada")
    with pytest.raises(TooManyPosts, match="wait a minute"):
        one.ask_for_sample(by="bob")
    desk.of("other").save("https://other.example/hook", by="ada")
    desk.of("other").ask_for_sample(by="ada")


def test_an_errand_is_run_by_one_worker_once(desk: Desk, customer: Customer, producer: Producer) -> None:
    """A message that arrives twice, after a worker was killed, repeats no POST."""
    errand = desk.of(customer.name).ask_for_sample(by="ada")
    take = producer.ledger.errands.take
    assert take("acme", errand.errand_id, worker="one") is not None
    assert take("acme", errand.errand_id, worker="two") is None
    assert take("acme", "unknown", worker="two") is None


def test_without_a_broker_nothing_is_left_behind(settings: Settings, customer: Customer) -> None:
    """The caller is told, and a worker that comes later does not POST what nobody waits for."""
    away = settings.model_copy(update={"broker_url_setting": "redis://127.0.0.1:9/0"})
    with Desk(Producer(away)) as desk, pytest.raises(LedgerUnavailable, match="broker"):
        desk.of(customer.name).ask_for_sample(by="ada")
