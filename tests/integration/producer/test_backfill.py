"""`send_completion.backfill`: the past of a subscription, checked and recorded as by `delay_many`."""

import asyncio

import pytest

from lessonhook.ledger import RECORDED_AT_ONCE, State
from lessonhook.producer import InvalidCompletions, PartlyPublished, Producer, Recorded
from lessonhook.producer.many import CheckedMany
from lessonhook.producer.testing import recording
from tests.support.lms.completions import completion_dict as completion
from tests.support.people.importing import before_script
from tests.support.people.producing import subscribe
from tests.support.servers.server import Server


def test_the_past_is_recorded_in_its_order_and_takes_one_slot(acme: Producer, server: Server) -> None:
    """However much there is: one message, in the queue that no live completion waits in."""
    many = 3 * RECORDED_AT_ONCE + 1
    done = acme.send_completion.backfill(completion(number) for number in range(many))
    assert done.counts == {Recorded.QUEUED: 1, Recorded.HELD: many - 1}
    status = acme.ledger.lanes.status("acme")
    assert (status.backfill, status.backfill_recorded, status.queued) == (many, many, 1)
    events = list(acme.ledger.events.of("acme"))[::-1]
    assert [event.event_id for event in events] == [
        acme.send_completion.delay(completion(number)).id for number in range(many)
    ]
    assert all(event.backfill for event in events)
    with server.client() as client:
        assert (client.llen("lessonhook:broker:completions"), client.llen("lessonhook:broker:retries")) == (0, 1)


def test_what_is_known_is_a_duplicate(acme: Producer) -> None:
    """A live completion, one of the past, and one that comes twice in a call."""
    acme.send_completion.delay(completion(1))
    assert acme.send_completion.backfill([completion(2)]).accepted == 1
    done = acme.send_completion.backfill([completion(1), completion(2), completion(3), completion(3)])
    assert done.counts[Recorded.DUPLICATE] == 3
    assert acme.ledger.lanes.status("acme").recorded == 3


def test_nothing_is_stored_if_one_is_wrong(acme: Producer) -> None:
    """Each problem is named by its place."""
    with pytest.raises(InvalidCompletions) as raised:
        acme.send_completion.backfill([completion(1), {"subscriber": "acme"}])  # type: ignore[list-item]  # the point
    assert list(raised.value.by_index) == [1]
    assert acme.ledger.lanes.status("acme").recorded == 0


def test_it_does_the_same_for_a_coroutine(acme: Producer) -> None:
    """From an iterator."""
    done = asyncio.run(acme.send_completion.abackfill(completion(number) for number in range(40)))
    assert done.accepted == 40
    assert acme.ledger.lanes.status("acme").backfill == 40


def test_the_call_is_repeated_after_redis_was_away(acme: Producer, own_server: Server) -> None:
    """The error says how many are recorded; the repeated call records the others, and nothing twice."""
    producer = Producer(acme.publisher.app.settings.model_copy(update={"redis_url": own_server.url}))
    subscribe(producer)
    total = 6 * RECORDED_AT_ONCE
    checked = CheckedMany(producer.publisher, (completion(number) for number in range(total)), backfill=True)
    with before_script(producer.ledger, 4, own_server.stop), pytest.raises(PartlyPublished) as raised:
        checked.publish()
    own_server.cont()
    assert 2 * RECORDED_AT_ONCE <= raised.value.confirmed < total
    done = producer.send_completion.backfill(completion(number) for number in range(total))
    assert done.counts[Recorded.DUPLICATE] >= raised.value.confirmed
    status = producer.ledger.lanes.status("acme")
    assert (status.recorded, status.backfill) == (total, total)
    producer.close()


def test_a_live_completion_after_the_past_takes_the_slot(acme: Producer) -> None:
    """Its message goes where live ones go."""
    acme.send_completion.backfill([completion(1)])
    assert acme.send_completion.delay(completion(2)).recorded is Recorded.QUEUED
    states = {event.event_id: event.state for event in acme.ledger.events.of("acme")}
    assert sorted(states.values()) == [State.HELD, State.QUEUED]


def test_an_lms_sees_the_header_in_its_own_tests(producer: Producer) -> None:
    """In the outbox of `lessonhook.producer.testing`."""
    with recording(producer.send_completion) as outbox:
        subscribe(producer)
        producer.send_completion.backfill([completion(1)])
        producer.send_completion.delay(completion(2))
    assert [sent.headers.get("webhook-backfill") for sent in outbox] == ["true", None]
