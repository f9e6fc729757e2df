"""A desk on a real server, and a customer whose events no worker touches."""

from collections.abc import Iterator

import pytest

from lessonhook.desk import Desk
from lessonhook.producer import Producer


@pytest.fixture
def desk(producer: Producer) -> Iterator[Desk]:
    """Yield the desk of the test's server."""
    with Desk(producer) as opened:
        yield opened
