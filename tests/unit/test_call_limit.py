"""The limit that all waits of one call share."""

import pytest

from lessonhook.config import Settings, call_limit, time_left, with_at_least
from lessonhook.producer.app import CALL_SECONDS, call_seconds

_LONG = 1_000.0


def _left(limit_seconds: float) -> float:
    found = time_left(limit_seconds)
    assert found is not None
    return found


def test_without_a_limit_each_wait_has_its_own() -> None:
    """As in a worker."""
    assert time_left(7.0) == 7.0
    assert time_left(None) is None
    with with_at_least(_LONG):
        assert time_left(None) is None


def test_a_wait_ends_by_its_own_limit_or_by_the_calls() -> None:
    """Whichever comes first; one that must not block does not."""
    with call_limit(_LONG):
        assert time_left(7.0) == 7.0
        assert 0 < _left(2 * _LONG) <= _LONG
        assert time_left(None) is not None
        assert time_left(0.0) == 0.0
    assert time_left(None) is None


def test_a_wait_after_the_calls_end_is_as_short_as_a_wait_can_be() -> None:
    """A socket takes 0 for "do not block", and would raise another error."""
    with call_limit(-1.0):
        assert 0 < _left(7.0) < 0.1


def test_in_a_block_within_the_earlier_end_counts() -> None:
    """One reply of a call may take no longer than the call."""
    with call_limit(_LONG):
        with call_limit(2 * _LONG):
            assert _left(2 * _LONG) <= _LONG
        with call_limit(1.0):
            assert _left(_LONG) <= 1.0


def test_what_must_be_tried_has_its_time() -> None:
    """The ledger's note of a message that the broker did not take, at the end of a call."""
    with call_limit(-1.0):
        with with_at_least(_LONG):
            assert _left(2 * _LONG) > _LONG / 2
        assert _left(_LONG) < 0.1
    with call_limit(_LONG), with_at_least(1.0):
        assert _left(_LONG) > _LONG / 2


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ("", CALL_SECONDS),
        ("?socket_timeout=0.1", CALL_SECONDS),
        ("?socket_timeout=5&socket_connect_timeout=3", 10.0),
        ("?socket_connect_timeout=6", 12.0),
    ],
)
def test_a_ledger_whose_url_grants_a_wait_more_has_more_for_all(options: str, seconds: float) -> None:
    """Somebody whose Redis is far away has said so."""
    assert call_seconds(Settings(redis_url=f"redis://127.0.0.1:6379/0{options}")) == seconds
