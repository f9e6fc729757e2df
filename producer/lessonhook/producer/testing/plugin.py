"""The pytest fixture for an LMS's own tests."""

from collections.abc import Iterator

import pytest

from lessonhook.producer import send_completion
from lessonhook.producer.testing.outbox import Outbox, recording


@pytest.fixture
def sent_completions() -> Iterator[Outbox]:
    """Keep the completions that `send_completion` would send in this test; each test has its own subscriptions.

    A completion is checked and rendered as in production, and a repeat is a duplicate. A subscriber without a
    subscription is sent nothing, so put one first.
    """
    with recording(send_completion) as outbox:
        yield outbox
