"""The states from which an event can be sent again are listed once, for the desk and for the worker."""

import lessonhook.desk
from lessonhook.ledger import SENDABLE, State
from lessonhook.worker.delivery import errand


def test_each_state_is_sendable_or_has_a_reason_not_to_be() -> None:
    """A worker is about to send it, or nothing of it is left."""
    about_to_be_sent = {State.QUEUED, State.DELIVERING}
    nothing_left = {State.EXPIRED, State.ERASED}
    assert set(State) - set(SENDABLE) == about_to_be_sent | nothing_left


def test_desk_and_worker_go_by_the_same_list() -> None:
    """What a person may choose in a replay is what an errand sends."""
    assert lessonhook.desk.SENDABLE is SENDABLE
    assert vars(errand)["SENDABLE"] is SENDABLE
