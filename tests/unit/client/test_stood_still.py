"""A worker that stood still while it connected says nothing about the endpoint: nothing is charged for it."""

from collections.abc import Callable

import pytest

from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.failure import (
    Failure,
    NotStarted,
    while_looking_up,
    while_opening,
    while_shaking_hands,
)
from lessonhook.worker.client.tls_identity import TlsIdentity

FAILURES: dict[str, Callable[[OSError, Deadline], Failure | NotStarted]] = {
    "looking up": lambda _, deadline: while_looking_up("a.example", deadline, is_under_way=True),
    "opening": lambda error, deadline: while_opening(error, deadline, whose="the endpoint"),
    "shaking hands": lambda error, deadline: while_shaking_hands(error, deadline, TlsIdentity()),
}


@pytest.mark.parametrize("step", FAILURES)
@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError(104, "Connection reset by peer")])
def test_far_beyond_the_deadline_it_is_no_attempt(step: str, error: OSError) -> None:
    """A loop that runs is there within milliseconds after a deadline; what broke meanwhile may be of our own making."""
    found = FAILURES[step](error, Deadline(5.0, grace_seconds=-11.2))
    assert isinstance(found, NotStarted)
    assert str(found) == "this worker stood still for 6.2 s while it connected"


@pytest.mark.parametrize("step", FAILURES)
def test_just_beyond_the_deadline_it_is_the_endpoints_failure(step: str) -> None:
    """An endpoint that takes no connection is charged as ever."""
    assert isinstance(FAILURES[step](TimeoutError(), Deadline(5.0, grace_seconds=-5.1)), Failure)
