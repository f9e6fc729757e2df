"""What is told of the queues when something lies in one that does not say since when."""

import pytest

from lessonhook.worker.monitoring.ledger_figures import of_queues
from lessonhook.worker.runtime.queue_ages import QueueAge, _queued_ms


def test_a_message_of_unknown_age_is_counted_and_given_no_age() -> None:
    """NoticeState as the age of the epoch, it would raise the alert of a queue that is behind by half a century."""
    messages, oldest = of_queues({"completions": QueueAge(3, 9_000), "retries": QueueAge(1, 0)}, now_ms=10_000)
    assert [sample.value for sample in messages.samples] == [3, 1]
    assert [sample.value for sample in oldest.samples] == [1, 0]


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
