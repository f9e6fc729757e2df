"""The fixture."""

from collections.abc import Iterator

import pytest

from lessonhook.producer import send_completion
from lessonhook.producer.testing.outbox import Outbox, recording


@pytest.fixture
def sent_completions() -> Iterator[Outbox]:
    """Keep what `send_completion` would send in this test; subscriptions that the test puts are real and its own.

    A completion is checked, rendered and told apart from its repeats as it is in production. To a subscriber without
    a subscription nothing is sent, so put one first.
    """
    with recording(send_completion.producer) as outbox:
        yield outbox
