"""What the desk does: each act against a real server, and a real endpoint where one is posted to."""

import json
from datetime import UTC, datetime

import pytest

from lessonhook.desk import (
    BodyGone,
    Condition,
    Desk,
    Fate,
    InvalidSelection,
    Replayed,
    Selection,
    UnsendableEvent,
)
from lessonhook.ledger import State
from lessonhook.producer import Producer, Subscription
from lessonhook.producer.sample import sample_body
from tests.support.endpoints.exchange import FAILED, Response
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored


def test_a_pause_holds_what_comes_until_it_is_resumed(desk: Desk, customer: Customer) -> None:
    """Both acts return the state from before, so that a page can say what it ended."""
    one = desk.of("acme")
    assert one.pause(by="ada").paused is None
    event_id = customer.publish()
    assert one.event(event_id).state is State.HELD
    assert one.state().condition is Condition.PAUSED
    before = one.resume(by="ada")
    assert before.paused is not None
    assert (before.paused.reason, before.held) == ("an operator", 1)
    assert one.event(event_id).state is State.QUEUED


def test_the_sample_is_posted_by_the_workers_own_client(desk: Desk, customer: Customer) -> None:
    """With the subscription's credentials, under a `webhook-id` that says that it is a test; nothing is recorded."""
    result = desk.of("acme").send_sample()
    [post] = customer.posts
    assert post.header("webhook-id") == result.webhook_id
    assert result.webhook_id.startswith("test-")
    assert post.header("authorization") == "Token secret-of-acme"
    assert post.body == desk.of("acme").sample()
    assert (result.accepted, result.status, result.words) == (True, 200, "200: the endpoint accepted it")
    assert list(result.document()) == [
        "webhook_id",
        "callback_url",
        "accepted",
        "reason",
        "status",
        "seconds",
        "words",
        "advice",
        "response",
    ]
    assert desk.of("acme").state().recorded == 0


def test_a_sample_that_is_refused_comes_with_words_and_advice(desk: Desk, customer: Customer) -> None:
    """What was wrong, and the start of the response, with the credentials masked."""
    customer.respond(lambda post: Response(status=401, body=f"no: {post.header('authorization')}".encode()))
    result = desk.of("acme").send_sample()
    assert (result.accepted, result.words) == (False, "401: the endpoint refused the Authorization value")
    assert result.response == "no: ***"


def test_without_a_subscription_the_sample_is_the_vendors() -> None:
    """As it is printed in the vendor's article, with external user ids."""
    assert json.loads(sample_body())["user"]["ext_uid"] == "1234567890"


def test_a_replay_sends_the_stored_bytes_and_says_how_it_ended(desk: Desk, customer: Customer, stored: Stored) -> None:
    """The event is delivered by it; the log of attempts names the person."""
    event_id = stored.pausing()
    [result] = desk.of("acme").replay(event_id, by="ada@acme.example")
    assert (result.replayed, result.words) == (Replayed.ACCEPTED, "200: the endpoint accepted it")
    assert customer.posts[0].body == desk.of("acme").body(event_id)
    assert desk.of("acme").event(event_id).state is State.DELIVERED
    assert desk.of("acme").attempts(event_id)[-1].worker == "replay by ada@acme.example"
    assert list(result.document())[-3:] == ["replayed", "words", "status"]


def test_a_replay_over_a_selection_sends_as_it_is_read(desk: Desk, customer: Customer, stored: Stored) -> None:
    """A caller that stops reading stops the sending: each POST is one step of the iterator."""
    first, second = stored.held(), stored.held()
    customer.respond(FAILED)
    replay = desk.of("acme").replay(states=[State.HELD], by="ada")
    assert customer.posts == []
    assert next(replay).replayed is Replayed.FAILED
    assert customer.arrived == [first]
    assert [result.event.event_id for result in replay] == [second]


def test_a_selection_of_nothing_and_an_event_on_its_way_are_refused(desk: Desk, customer: Customer) -> None:
    """Before anything is sent."""
    queued = customer.publish()
    with pytest.raises(InvalidSelection):
        Selection()
    with pytest.raises(UnsendableEvent, match="a worker is about to send it"):
        desk.of("acme").replay(queued, by="ada")
    assert desk.choose(Selection(subscriber="acme")) == []
    assert customer.posts == []


def test_a_learner_is_erased_and_counted(desk: Desk, stored: Stored) -> None:
    """Body and responses are gone; the event's state and times stay."""
    delivered = stored.delivered("42")
    held = stored.held("42", lesson={"id": "2", "title": "Two"})
    one = desk.of("acme")
    erased = one.erase("42", by="ada")
    assert erased.document() == {"found": 2, "erased": 2, "by_state": {"held": 1, "delivered": 1}, "readable": 0}
    assert (one.body(delivered), one.attempts(delivered)) == (None, [])
    with pytest.raises(BodyGone, match="erased"):
        one.curl(held)
    assert one.erase("42", by="ada").erased == 0


def test_a_curl_command_masks_what_is_secret_or_personal(desk: Desk, stored: Stored) -> None:
    """Unless it is told to reveal it; it says what it masks."""
    event_id = stored.held("42")
    masked = desk.of("acme").curl(event_id)
    assert (masked.secrets_masked, masked.body_masked) == (True, True)
    assert "secret-of-acme" not in str(masked)
    shown = desk.of("acme").curl(event_id, reveal=True, show_body=True)
    assert (shown.secrets_masked, shown.body_masked) == (False, False)
    assert "Token secret-of-acme" in shown.text
    assert "Learner" in shown.text


@pytest.mark.usefixtures("customer")
def test_a_new_signing_secret_is_returned_once(desk: Desk) -> None:
    """It is saved, and no view has it."""
    one = desk.of("acme")
    secret = one.rotate_secret(by="ada")
    assert secret.startswith("whsec_")
    assert one.subscription().signing_secret_set
    assert secret not in repr(one.subscription())


def test_a_removed_subscription_keeps_its_events(desk: Desk, stored: Stored) -> None:
    """They are held, and nothing is sent."""
    event_id = stored.held()
    one = desk.of("acme")
    one.resume(by="ada")
    one.remove(by="ada")
    assert one.state().condition is Condition.REMOVED
    assert one.event(event_id).open
    assert desk.subscribers() == ["acme"]


def test_each_act_names_its_person(desk: Desk, stored: Stored) -> None:
    """In the trail of the subscriber, and in that of all of them."""
    event_id = stored.delivered("42")
    one = desk.of("acme")
    one.pause(by="ada")
    one.resume(by="ben")
    assert [result.replayed for result in one.replay(event_id, by="cleo")] == [Replayed.ACCEPTED]
    one.rotate_secret(by="dan")
    one.erase("42", by="eve")
    one.remove(by="fay")
    acts = [(record.act, record.by) for record in one.audit() if record.by != "the LMS"]
    expected = [("pause", "ada"), ("resume", "ben"), ("replay", "cleo"), ("rotate", "dan"), ("erase", "eve")]
    assert acts == [("remove", "fay"), *reversed(expected)]
    assert one.event(event_id).erased_by == "eve"
    assert desk.audit(at_most=3) == one.audit(at_most=3)
    assert desk.audit()[0].document() == one.audit()[0].document()


def test_a_rebuild_publishes_what_the_ledger_does_not_know(desk: Desk, customer: Customer, producer: Producer) -> None:
    """A dry run says the same and publishes nothing; a second run finds everything known. Bad lines come first."""
    lines = [customer.completion().model_dump_json().encode(), b"{}"]
    assert [line.fate for line in desk.rebuild(lines, dry_run=True)] == [Fate.PUBLISHED, Fate.BAD]
    assert producer.ledger.lanes.status("acme").recorded == 0
    assert [(line.number, line.fate) for line in desk.rebuild(lines)] == [(2, Fate.BAD), (1, Fate.PUBLISHED)]
    assert [(line.number, line.fate) for line in desk.rebuild(lines)] == [(2, Fate.BAD), (1, Fate.KNOWN)]


def test_a_rebuild_publishes_by_completion_whatever_the_order_of_the_lines(
    desk: Desk, customer: Customer, producer: Producer
) -> None:
    """Of one learner and lesson, the last one that is published is the newest."""
    seconds = (30, 10, 50, 20, 40)
    lines = [
        customer.completion("ann", completed_at=datetime(2026, 3, 1, 12, 0, second, tzinfo=UTC))
        .model_dump_json()
        .encode()
        for second in seconds
    ]
    assert [line.number for line in desk.rebuild(lines)] == [2, 4, 1, 5, 3]
    recorded = sorted(desk.of("acme").events(), key=lambda event: event.recorded)
    assert [event.completed.second for event in recorded] == sorted(seconds)
    assert producer.ledger.lanes.status("acme").recorded == len(seconds)


def test_a_rebuild_tells_two_subscribers_events_of_one_id_apart(desk: Desk, customer: Customer) -> None:
    """An LMS that gives ids of its own may give one to each company: the dry run says what the run does."""
    desk.of("other").save("https://other.example/hook", by="ada")
    events = [customer.completion("ann", event_id="1"), customer.completion("ann", event_id="1")]
    events.append(events[0].model_copy(update={"subscriber": "other"}))
    lines = [event.model_dump_json().encode() for event in events]
    fates = [Fate.PUBLISHED, Fate.KNOWN, Fate.PUBLISHED]
    assert [line.fate for line in desk.rebuild(lines, dry_run=True)] == fates
    assert sorted(line.fate for line in desk.rebuild(lines)) == sorted(fates)


def test_a_drop_is_counted_first_and_keeps_its_reason(desk: Desk, customer: Customer) -> None:
    """Then nothing of it is undelivered, and the audit names who did it."""
    one = desk.of("acme")
    event_ids = customer.publish_many(3)
    dropping = one.dropping()
    assert dropping.count().events == 3
    assert dropping.drop("the contract has ended", by="ann").events == 3
    assert one.state().undelivered == 0
    event = one.event(event_ids[0])
    reason = "the contract has ended (ann)"
    assert (event.state, event.closed_because, event.unsendable) == (State.DROPPED, reason, "")
    assert [(entry.act, entry.by, entry.times) for entry in one.audit()][:1] == [("drop-event", "ann", 3)]


def test_the_board_and_the_watch_are_of_all_subscribers(desk: Desk, stored: Stored) -> None:
    """One for pages, the worst first; one for what changes between two looks."""
    watch = desk.watch()
    assert watch.look().happened == []
    stored.pausing()
    page = desk.board.page("AC", 0, 10)
    assert ([state.subscriber for state in page.states], page.totals.paused, page.matching) == (["acme"], 1, 1)
    assert watch.look().happened == ["acme: paused: attempts used up: 410: gone for good"]


def test_a_subscription_is_replaced_as_one_step(desk: Desk) -> None:
    """What is kept of the former one is what is stored then, though somebody else saves meanwhile."""
    one = desk.of("acme")
    seen = []

    def make(saved: Subscription | None) -> Subscription:
        seen.append(saved and saved.callback_url)
        if len(seen) == 1:
            one.save("https://acme.example/first", authorization="Token one", by="grace")
        return Subscription(
            subscriber="acme",
            callback_url="https://acme.example/second",
            authorization=saved.authorization if saved else None,
        )

    view = one.replace(make, by="ada")
    assert seen == [None, "https://acme.example/first"]
    assert (view.callback_url, view.authorization_set) == ("https://acme.example/second", True)
    assert [each.subscriber for each in desk.subscriptions()] == ["acme"]
    assert [(entry.act, entry.by) for entry in one.audit()] == [("put", "ada"), ("put", "grace")]
