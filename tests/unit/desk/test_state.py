"""A subscriber's condition, the order of attention, and the JSON form of a state."""

from datetime import timedelta

import pytest

from lessonhook.desk import Condition, SubscriberState, longest_wait_first, worst_first
from tests.unit.desk.samples import FAILING, NOON, PAUSED, QUIET, REMOVED, SENDING, UNSERVED, WAITING, WELL, changed


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (PAUSED, Condition.PAUSED),
        (REMOVED, Condition.REMOVED),
        (FAILING, Condition.FAILING),
        (UNSERVED, Condition.NO_WORKER),
        (WAITING, Condition.WAITING),
        (changed(WELL, held=1, given_back="no token"), Condition.WAITING),
        (changed(WELL, given_back="no token"), Condition.WELL),
        (SENDING, Condition.SENDING),
        (QUIET, Condition.QUIET),
        (changed(QUIET, in_flight=1), Condition.SENDING),
        (changed(QUIET, failures_in_a_row=1, retrying=1), Condition.FAILING),
        (WELL, Condition.WELL),
        (changed(WELL, subscribed=False), Condition.WELL),
    ],
)
def test_a_lane_is_called_by_the_worst_that_is_true_of_it(state: SubscriberState, expected: Condition) -> None:
    """A paused lane has failures in a row too, and is called paused."""
    assert state.condition is expected


def test_trouble_is_on_top() -> None:
    """By condition, then by the age of the oldest event, then by refused events, then by name."""
    older = changed(PAUSED, subscriber="older", oldest_undelivered=NOON - timedelta(seconds=9_000))
    refused = changed(WELL, subscriber="zz-refused", refused=4)
    shuffled = [WELL, QUIET, SENDING, refused, PAUSED, WAITING, older, FAILING, REMOVED]
    names = [state.subscriber for state in worst_first(shuffled)]
    assert names == ["older", "paused", "removed", "failing", "waiting", "quiet", "sending", "zz-refused", "well"]


def test_a_silence_is_told_apart_from_an_endpoint_that_is_down() -> None:
    """What is quiet has a reason in words; what is down says that it is down, and keeps the silence in its data."""
    assert QUIET.reason == "nothing since noon"
    down = changed(QUIET, failures_in_a_row=2, retrying=1)
    assert down.reason == "2 failed in a row"
    assert down.document()["quiet"]["since"] == "2026-03-01T12:00:00.000Z"
    assert WELL.document()["quiet"] is None


def test_a_fault_of_ours_is_not_told_as_the_endpoints() -> None:
    """The lane waits for a moment after each try; nobody asked for that."""
    given_back = changed(WAITING, given_back="the authorization provider failed (HTTPError)")
    assert given_back.reason == (
        "workers give its events back, and no attempt is spent: the authorization provider failed (HTTPError)"
    )
    assert "as the endpoint asked" in WAITING.reason


def test_the_document_of_a_lane_has_the_agreed_names_and_plain_values() -> None:
    """`paused` is null or an object; times are ISO 8601 with `Z`; what is not there is null."""
    document = PAUSED.document()
    assert document["paused"] == {
        "since": "2026-03-01T12:00:00.000Z",
        "reason": "attempts used up: status: 503",
        "by": "",
    }
    agreed = ("subscriber", "window", "in_flight", "queued", "retrying", "held", "refused", "delivered")
    assert [document[name] for name in agreed] == ["paused", 8, 0, 0, 0, 3, 0, 12]
    assert document["oldest_undelivered_seconds"] == 600.0
    assert (WELL.document()["paused"], WELL.document()["oldest_undelivered_seconds"]) == (None, None)


def test_a_watch_has_the_longest_wait_on_top() -> None:
    """Whatever else is wrong; where nothing waits, trouble is on top as everywhere."""
    old = changed(SENDING, subscriber="old", oldest_undelivered=NOON - timedelta(seconds=900))
    still = changed(PAUSED, subscriber="still", held=0, oldest_undelivered=None)
    assert [state.subscriber for state in longest_wait_first([WELL, PAUSED, still, old])] == [
        "old",
        "paused",
        "still",
        "well",
    ]
