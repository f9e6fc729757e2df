"""Waiting for a condition returns what came, or names what did not."""

import itertools

import pytest

from lessonhook.console.processes import TookTooLong, wait_until


def test_what_came_is_handed_back() -> None:
    """The first true result of the condition is returned."""
    results = iter([0, None, "", "here"])
    assert wait_until(lambda: next(results), 5, "a result") == "here"


def test_waiting_in_vain_names_what_did_not_come() -> None:
    """The message is all that a failed run in CI shows."""
    with pytest.raises(TookTooLong, match=r"waited 0\.02 s in vain for three posts"):
        wait_until(list[int], 0.02, "three posts")


def test_the_message_may_describe_the_state_at_the_end() -> None:
    """A callable is called when time is over, not before."""
    looks = itertools.count()
    with pytest.raises(TookTooLong, match=r"looked \d+ times"):
        wait_until(lambda: next(looks) < 0, 0.02, lambda: f"looked {next(looks)} times")


def test_a_condition_that_is_true_is_seen_though_time_is_over() -> None:
    """A machine that stood still must not turn success into a failure."""
    assert wait_until(lambda: True, 0, "nothing")
