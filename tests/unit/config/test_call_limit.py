"""The limit that all waits of one call share."""

from collections.abc import Iterator

import pytest

from lessonhook.config import (
    Settings,
    call_limit,
    each_in_time,
    late_replies_limited,
    time_left,
    try_again_in_time,
    with_at_least,
)
from lessonhook.config.call_limit import Lateness, lateness
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


def _late() -> Lateness:
    found = lateness()
    assert found is not None
    return found


def test_late_replies_in_a_row_take_as_long_as_two() -> None:
    """However many a call makes."""
    with late_replies_limited():
        assert time_left(8.0) == 8.0
        _late().waited(7.0, 8.0, for_reply=True)
        assert time_left(8.0) == 8.0
        _late().waited(7.0, 8.0, for_reply=True)
        assert _left(8.0) == pytest.approx(2.0)
        _late().waited(2.0, 8.0, for_reply=False)
        assert _left(8.0) < 0.1
    assert time_left(8.0) == 8.0


def test_a_reply_in_time_gives_the_next_ones_all_of_it() -> None:
    """A long read of a server that replies is as long as it has to be; a wait without a reply gives nothing."""
    with late_replies_limited():
        for _ in range(100):
            _late().waited(7.0, 8.0, for_reply=True)
            _late().waited(4.0, 8.0, for_reply=True)
            assert time_left(8.0) == 8.0
        _late().waited(4.0, 8.0, for_reply=False)
        _late().waited(9.0, 8.0, for_reply=False)
        assert _left(8.0) == pytest.approx(3.0)
        try_again_in_time()
        assert time_left(8.0) == 8.0
        _late().waited(100.0, None, for_reply=False)
        assert time_left(None) is None


def test_a_block_within_shares_the_time_of_the_outer_one() -> None:
    """A view of the desk calls another one."""
    with late_replies_limited():
        outer = lateness()
        with late_replies_limited():
            assert lateness() is outer
    assert lateness() is None


def test_each_value_of_a_walk_has_a_limit_of_its_own() -> None:
    """And what is done with the value has none."""

    def walk() -> Iterator[Lateness]:
        for _ in range(2):
            yield _late()

    found = []
    for each in each_in_time(walk()):
        assert lateness() is None
        found.append(each)
    assert found[0] is not found[1]


def test_all_late_replies_of_a_call_have_a_limit_whatever_comes_in_time_between_them() -> None:
    """Its steps begin with all of their own time, as long as some of that is left."""
    late = Lateness(20.0)
    for _ in range(2):
        with late_replies_limited(late):
            assert time_left(8.0) == 8.0
            _late().waited(7.0, 8.0, for_reply=True)
            _late().waited(1.0, 8.0, for_reply=True)
    assert late.time_left(8.0) == pytest.approx(6.0)
    with late_replies_limited(late):
        _late().waited(6.0, 8.0, for_reply=True)
        assert _left(8.0) < 0.1
    assert time_left(8.0) == 8.0
