"""What is told of the queues when something lies in one that does not say since when."""

from types import SimpleNamespace
from typing import Any

import pytest

from lessonhook.worker.monitoring.ledger_figures import of_queues
from lessonhook.worker.runtime.last_taken import LastTaken
from lessonhook.worker.runtime.queue_ages import QueueAge, _queued_ms, oldest_ms


def test_a_message_of_unknown_age_is_counted_and_given_no_age() -> None:
    """A 0 would say that nothing waits; the time since 1970 would raise the alert of a queue that is behind."""
    messages, oldest = of_queues({"completions": QueueAge(3, 9_000), "retries": QueueAge(1, 0)}, now_ms=10_000)
    assert [sample.value for sample in messages.samples] == [3, 1]
    assert [(sample.labels["queue"], sample.value) for sample in oldest.samples] == [("completions", 1)]


def test_an_empty_queue_has_the_age_0() -> None:
    """Nothing waits in it, whatever the broker can tell: an alert that was raised ends."""
    messages, oldest = of_queues({"completions": QueueAge(0, 0)}, now_ms=10_000)
    assert [sample.value for sample in (*messages.samples, *oldest.samples)] == [0, 0]


@pytest.mark.parametrize(
    "message",
    [
        b"garbage",
        b"7",
        b"\x80\x03",
        b'{"headers": {}}',
        b'{"headers": {"queued_ms": "soon"}}',
        b'{"headers": {"queued_ms": 1e999}}',
        b'{"headers": {"queued_ms": ' + b"9" * 5_000 + b"}}",
        b"[" * 100_000,
        b'{"headers": {"queued_ms": 1}, "body": "' + b"x" * 300_000 + b'"}',
    ],
    ids=["no JSON", "a number", "binary", "no mark", "text", "infinity", "5,000 digits", "deep", "too long"],
)
def test_a_message_that_is_not_ours_has_an_unknown_age(message: bytes) -> None:
    """It may lie there for long, and the sweep must go on whatever it is."""
    assert _queued_ms(message) == 0


def taken(queue: object, headers: object) -> Any:
    """Make a message as the consumer receives it."""
    return SimpleNamespace(delivery_info={"routing_key": queue}, headers=headers)


def test_what_waits_is_no_older_than_what_was_taken_last() -> None:
    """Where the broker says since when its messages wait, that counts; an empty queue has no age."""
    queues = {"completions": QueueAge(3, 0), "retries": QueueAge(2, 7_000)}
    taken = {"completions": 5_000, "retries": 6_000}
    assert oldest_ms(queues, taken, 9_000) == {"completions": 5_000, "retries": 7_000}
    assert oldest_ms(queues, {}, 9_000) == {"completions": 0, "retries": 7_000}
    assert oldest_ms({"completions": QueueAge(0, 0)}, taken, 9_000) == {}
    assert oldest_ms(None, taken, 9_000) == {"completions": 0, "retries": 0}


def test_the_last_one_taken_counts_and_not_the_youngest() -> None:
    """What a lost worker had is in front of its queue again, so what waits behind it may be as old."""
    last = LastTaken()
    last.took(taken("completions", {"queued_ms": 2_000}))
    last.took(taken("retries", {"queued_ms": 3_000}))
    last.took(taken("completions", {"queued_ms": 1_000}))
    assert last.queued_ms() == {"completions": 1_000, "retries": 3_000}


def test_a_time_that_somebody_made_up_is_forgotten_with_the_next_message() -> None:
    """One from the future says nothing, and no other queue is remembered."""
    last = LastTaken()
    last.took(taken("completions", {"queued_ms": 10_000}))
    last.took(taken("somebody's", {"queued_ms": 1_000}))
    last.took(taken(["completions"], {"queued_ms": 1_000}))
    waiting = {"completions": QueueAge(1, 0)}
    assert oldest_ms(waiting, last.queued_ms(), 9_000) == {"completions": 0}
    last.took(taken("completions", {"queued_ms": 8_000}))
    assert last.queued_ms() == {"completions": 8_000}
    assert oldest_ms(waiting, last.queued_ms(), 9_000) == {"completions": 8_000}


@pytest.mark.parametrize("headers", [None, [], {}, {"queued_ms": "soon"}, {"queued_ms": 1e999}, {"queued_ms": []}])
def test_a_message_that_does_not_say_leaves_it_unknown(headers: object) -> None:
    """Whatever lies in the queue, taking it raises nothing."""
    last = LastTaken()
    last.took(taken("completions", {"queued_ms": 1_000}))
    last.took(taken("completions", headers))
    last.took(SimpleNamespace(delivery_info=None, headers=headers))
    assert last.queued_ms() == {}
