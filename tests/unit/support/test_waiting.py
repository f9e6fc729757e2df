"""Waiting for a condition: it answers what came, and says what did not."""

import itertools

import pytest

from tests.support.waiting import wait_until


def test_what_came_is_handed_back() -> None:
    """The condition's first true answer is the answer."""
    answers = iter([0, None, "", "here"])
    assert wait_until(lambda: next(answers), 5, "an answer") == "here"


def test_waiting_in_vain_names_what_did_not_come_and_what_did() -> None:
    """The message is all that a failed run in CI shows."""
    with pytest.raises(AssertionError, match=r"within 0\.02 s this did not come: three posts \(last answer: \[\]\)"):
        wait_until(list[int], 0.02, "three posts")


def test_the_message_may_tell_the_state_at_the_end() -> None:
    """A callable is asked when time is over, not before."""
    looks = itertools.count()
    with pytest.raises(AssertionError, match=r"looked \d+ times"):
        wait_until(lambda: next(looks) < 0, 0.02, lambda: f"looked {next(looks)} times")


def test_a_condition_that_is_true_is_seen_though_time_is_over() -> None:
    """A machine that stood still must not turn success into a failure."""
    assert wait_until(lambda: True, 0, "nothing")
