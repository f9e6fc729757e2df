"""`send_completion.delay_many`: all are checked before one is stored, and each is recorded as `.delay()` would."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from lessonhook.ledger import RECORDED_AT_ONCE, Recorded, State
from lessonhook.producer import (
    CompletionDict,
    CompletionEvent,
    InvalidCompletion,
    InvalidCompletions,
    PartlyPublished,
    Producer,
    PublishFailed,
    Subscription,
)
from lessonhook.producer.many import CheckedMany
from tests.support.lms.completions import completion_dict as completion
from tests.support.people.importing import before_script
from tests.support.people.producing import ACME_URL, subscribe
from tests.support.servers.server import Server


def test_a_department_is_recorded_in_its_order(acme: Producer, server: Server) -> None:
    """Few messages go to the broker: as many as the lane has slots, and not one for each event."""
    many = 5 * RECORDED_AT_ONCE + 3
    done = acme.send_completion.delay_many(completion(number) for number in range(many))
    assert (done.total, done.accepted) == (many, many)
    status = acme.ledger.lanes.status("acme")
    assert (status.recorded, status.queued + status.held) == (many, many)
    assert done.counts == {Recorded.QUEUED: status.queued, Recorded.HELD: status.held}
    oldest_first = [event.event_id for event in acme.ledger.events.of("acme")][::-1]
    learners = [acme.send_completion.delay(completion(number)).id for number in range(many)]
    assert oldest_first == learners
    with server.client() as client:
        assert client.llen("lessonhook:broker:completions") == status.queued


def test_events_of_many_subscribers_may_be_mixed(producer: Producer) -> None:
    """Each goes to its own lane; one without a subscription is counted."""
    names = [f"company-{number}" for number in range(3)]
    for name in names:
        producer.subscriptions.put(Subscription(subscriber=name, callback_url=ACME_URL))
    events = [completion(number, [*names, "nobody"][number % 4]) for number in range(40)]
    done = producer.send_completion.delay_many(events)
    assert (done.total, done.accepted, done.counts[Recorded.NO_SUBSCRIPTION]) == (40, 30, 10)
    assert [producer.ledger.lanes.status(name).recorded for name in names] == [10, 10, 10]
    assert producer.ledger.lanes.unsubscribed() == {"nobody": 10}


@pytest.mark.parametrize("one", [completion(0), CompletionEvent(**completion(0)), "abc", b"abc"], ids=type)
def test_one_in_the_place_of_many_is_refused(acme: Producer, one: Any) -> None:
    """The fields of one would be taken for many completions that are none; the error says what to do instead."""
    task = acme.send_completion
    for call in (task.delay_many, task.backfill):
        with pytest.raises(InvalidCompletions, match="put it into a list"):
            call(one)
    for asynchronous in (task.adelay_many, task.abackfill):
        with pytest.raises(InvalidCompletions, match="put it into a list"):
            asyncio.run(asynchronous(one))
    assert acme.ledger.lanes.status("acme").recorded == 0


def test_a_repeat_is_recognised(acme: Producer) -> None:
    """In the same call and in another one."""
    acme.send_completion.delay(completion(1))
    done = acme.send_completion.delay_many([completion(1), completion(2), completion(2)])
    assert done.counts[Recorded.DUPLICATE] == 2
    assert acme.ledger.lanes.status("acme").recorded == 2


def test_nothing_is_stored_if_one_is_wrong(acme: Producer) -> None:
    """Every problem is named by its place; values are not quoted. The last one is found, too."""
    wrong: dict[str, object] = {**completion(7), "completed_at": "marked-yesterday"}
    events: list[object] = [completion(1), {"subscriber": "acme"}, completion(2), wrong]
    with pytest.raises(InvalidCompletions) as raised:
        acme.send_completion.delay_many(events)  # type: ignore[arg-type]  # that is the point
    assert sorted(raised.value.by_index) == [1, 3]
    assert list(raised.value.by_index[3]) == ["completed_at"]
    assert "3.completed_at: " in str(raised.value)
    assert "marked-yesterday" not in str(raised.value)
    assert isinstance(raised.value, InvalidCompletion)
    assert acme.ledger.lanes.status("acme").recorded == 0


def test_an_option_of_the_subscription_refuses_before_anything_is_stored(producer: Producer) -> None:
    """Its first completion asks which options there are."""
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=ACME_URL, numeric_ids=True))
    numbered: CompletionDict = {
        **completion(1),
        "user": {"id": "17", "name": "Ada", "email": "ada@example.com"},
    }
    with pytest.raises(InvalidCompletions) as raised:
        producer.send_completion.delay_many([numbered, completion(2)])
    assert list(raised.value.by_index) == [1]
    assert producer.ledger.lanes.status("acme").recorded == 0
    assert producer.send_completion.delay_many([numbered]).accepted == 1


def test_bodies_are_rendered_again_if_the_options_changed_meanwhile(acme: Producer) -> None:
    """Between the check and the record; what the new options refuse is named, and all others are recorded."""
    numbered: CompletionDict = {
        **completion(1),
        "user": {"id": "17", "name": "Ada", "email": "ada@example.com"},
    }
    checked = CheckedMany(acme.publisher, [numbered, completion(2)])
    acme.subscriptions.put(Subscription(subscriber="acme", callback_url=ACME_URL, numeric_ids=True))
    with pytest.raises(InvalidCompletions) as raised:
        checked.publish()
    assert list(raised.value.by_index) == [1]
    [event] = acme.ledger.events.of("acme")
    body = acme.ledger.events.body("acme", event.event_id)
    assert body is not None
    assert b'"id":17' in body.replace(b" ", b"")


def test_a_pause_for_used_up_attempts_is_lifted_by_the_first(acme: Producer) -> None:
    """And the operator's is not: then all are held."""
    acme.ledger.pause("acme")
    done = acme.send_completion.delay_many(completion(number) for number in range(3))
    assert done.counts == {Recorded.HELD: 3}


def test_redis_that_fails_in_the_middle_is_told_and_the_call_is_repeated(acme: Producer, own_server: Server) -> None:
    """The error says how many are recorded; nothing is recorded twice afterwards."""
    producer = Producer(acme.publisher.app.settings.model_copy(update={"redis_url": own_server.url}))
    subscribe(producer)
    total = 2_500

    def failing() -> Iterator[CompletionDict]:
        yield from (completion(number) for number in range(total))

    checked = CheckedMany(producer.publisher, failing())
    with before_script(producer.ledger, 40, own_server.stop), pytest.raises(PartlyPublished) as raised:
        checked.publish()
    own_server.cont()
    assert isinstance(raised.value, PublishFailed)
    # The reply to the one before may not have been read.
    assert 38 * RECORDED_AT_ONCE <= raised.value.confirmed < total
    recorded = producer.ledger.lanes.status("acme").recorded
    assert recorded >= raised.value.confirmed
    done = producer.send_completion.delay_many(failing())
    assert done.counts[Recorded.DUPLICATE] >= raised.value.confirmed
    assert producer.ledger.lanes.status("acme").recorded == done.total == total
    producer.close()


@pytest.mark.parametrize("script", [2, 3, 4, 7])
def test_redis_that_is_killed_between_two_scripts_confirms_what_it_recorded(
    acme: Producer, own_server: Server, script: int
) -> None:
    """Two are on their way then. What is confirmed is in the ledger after the restart, and is known when repeated."""
    producer = Producer(acme.publisher.app.settings.model_copy(update={"redis_url": own_server.url}))
    subscribe(producer)
    total = 8 * RECORDED_AT_ONCE
    with before_script(producer.ledger, script, own_server.kill), pytest.raises(PartlyPublished) as raised:
        producer.send_completion.delay_many(completion(number) for number in range(total))
    own_server.restart()
    recorded = producer.ledger.lanes.status("acme").recorded
    confirmed = raised.value.confirmed
    assert (script - 2) * RECORDED_AT_ONCE <= confirmed <= recorded <= (script - 1) * RECORDED_AT_ONCE
    done = producer.send_completion.delay_many(completion(number) for number in range(total))
    assert done.counts[Recorded.DUPLICATE] == recorded
    assert done.total == total
    assert producer.ledger.lanes.status("acme").recorded == total
    producer.close()


def test_a_connection_that_breaks_in_the_middle_loses_nothing(acme: Producer, server: Server) -> None:
    """The scripts whose replies were not read are sent again; the order is that of the input."""
    total = 6 * RECORDED_AT_ONCE
    with server.client() as client:
        breaking = before_script(acme.ledger, 4, lambda: client.client_kill_filter(_type="normal", skipme=True))
        with breaking:
            done = acme.send_completion.delay_many(completion(number) for number in range(total))
    assert (done.total, acme.ledger.lanes.status("acme").recorded) == (total, total)
    learners = [acme.send_completion.delay(completion(number)).id for number in range(total)]
    assert [event.event_id for event in acme.ledger.events.of("acme")][::-1] == learners


def test_a_server_that_forgets_its_functions_in_the_middle_is_given_them_again(acme: Producer, server: Server) -> None:
    """As after a restart, or a failover to one that lacks them."""
    total = 6 * RECORDED_AT_ONCE
    with server.client() as client, before_script(acme.ledger, 4, lambda: client.function_flush("SYNC")):
        done = acme.send_completion.delay_many(completion(number) for number in range(total))
    assert done.accepted == total
    assert acme.ledger.lanes.status("acme").recorded == total


def test_a_full_memory_in_the_middle_confirms_what_was_recorded_before(acme: Producer, own_server: Server) -> None:
    """Redis refuses each script from then on."""
    producer = Producer(acme.publisher.app.settings.model_copy(update={"redis_url": own_server.url}))
    subscribe(producer)
    total = 6 * RECORDED_AT_ONCE
    with own_server.client() as client:
        full = before_script(producer.ledger, 4, lambda: client.config_set("maxmemory", "1"))
        with full, pytest.raises(PartlyPublished) as raised:
            producer.send_completion.delay_many(completion(number) for number in range(total))
        client.config_set("maxmemory", "0")
    # The third one was on its way.
    assert raised.value.confirmed in {2 * RECORDED_AT_ONCE, 3 * RECORDED_AT_ONCE}
    assert producer.ledger.lanes.status("acme").recorded >= raised.value.confirmed
    assert producer.send_completion.delay_many(completion(number) for number in range(total)).accepted == total
    producer.close()


def test_the_options_that_change_in_the_middle_hold_from_there(acme: Producer) -> None:
    """All that follow are rendered for them, in their order, and what was recorded stays as it was."""
    total = 6 * RECORDED_AT_ONCE

    def change() -> None:
        acme.subscriptions.put(Subscription(subscriber="acme", callback_url=ACME_URL, deprecated_score=True))

    events = [{**completion(number), "score_percent": 50.0} for number in range(total)]
    with before_script(acme.ledger, 3, change):
        done = acme.send_completion.delay_many(events)  # type: ignore[arg-type]  # they are completions
    assert done.accepted == total
    stored = [event.event_id for event in acme.ledger.events.of("acme")][::-1]
    assert stored == [acme.send_completion.delay(event).id for event in events]  # type: ignore[arg-type]  # as above
    bodies = [acme.ledger.events.body("acme", event_id) or b"" for event_id in stored]
    has_score = [b'"score":' in body for body in bodies]
    assert (has_score[0], has_score[-1]) == (False, True)
    assert has_score == sorted(has_score)


def test_memory_stays_bounded(acme: Producer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waiting goes to a file, and comes back whole and in order."""
    monkeypatch.setattr("lessonhook.producer.many._BATCH", 7)
    done = acme.send_completion.delay_many(completion(number) for number in range(50))
    assert done.total == 50
    events = [event for event in acme.ledger.events.of("acme") if event.state in {State.QUEUED, State.HELD}]
    assert len(events) == 50


def test_an_iterator_that_fails_stores_nothing(acme: Producer) -> None:
    """Its error is the caller's."""

    def broken() -> Iterator[CompletionDict]:
        yield completion(1)
        raise KeyError("the import's own")

    with pytest.raises(KeyError, match="the import's own"):
        acme.send_completion.delay_many(broken())
    assert acme.ledger.lanes.status("acme").recorded == 0


def test_no_events_are_no_error(acme: Producer) -> None:
    """Zero of all."""
    assert acme.send_completion.delay_many([]).total == 0
