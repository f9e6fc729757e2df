"""Times of Redis' clock as Python has them."""

from datetime import UTC, datetime

import pytest

from lessonhook.ledger.views.moments import moment


@pytest.mark.parametrize("milliseconds", [-9.3e18, -1, 0, 1.8e12, 2.6e14, 1e30, 1e300])
def test_every_number_is_a_time(milliseconds: float) -> None:
    """A lane with a time that no calendar has must not end the list of all lanes."""
    assert datetime(1970, 1, 1, tzinfo=UTC) <= moment(milliseconds) <= datetime.max.replace(tzinfo=UTC)
