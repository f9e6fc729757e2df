"""What is told of the queues when something lies in one that does not say since when."""

from lessonhook.worker.broker import Waiting
from lessonhook.worker.ledger_figures import of_queues


def test_a_message_of_unknown_age_is_counted_and_given_no_age() -> None:
    """Told as the age of the epoch, it would raise the alert of a queue that is behind by half a century."""
    messages, oldest = of_queues({"completions": Waiting(3, 9_000), "retries": Waiting(1, 0)}, now_ms=10_000)
    assert [sample.value for sample in messages.samples] == [3, 1]
    assert [sample.value for sample in oldest.samples] == [1, 0]
