"""Sends a signal when a subscriber was paused or resumed, an event refused, expired or erased, or somebody fell silent.

    from lessonhook.producer import noticed

    @noticed.connect
    def mail_the_customer(notice, subscriber, **more): ...

Receivers run in the workers: a worker imports the modules that `LESSONHOOK_WORKER_IMPORTS` names at its start, and so
connects the receivers in them. If a fresh event lifts a pause in the LMS, the next worker that opens the lane sends the
notice, because receivers must not delay the LMS.
"""

from typing import TYPE_CHECKING, Any, Final

from celery.utils.dispatch import Signal

if TYPE_CHECKING:
    from lessonhook.ledger.transitions.results import Notice, Step

#: Sent once for each notice of a transition, with `notice` (a `Notice`) and `subscriber`. If a receiver raises, Celery
#: logs it and nothing else stops.
noticed: Final[Any] = Signal(name="noticed", providing_args={"notice", "subscriber"})


def announce(step: "Step") -> None:
    """Send a step's notices to all receivers."""
    for notice in step.notices:
        announce_one(notice, step.subscriber)


def announce_one(notice: "Notice", subscriber: str) -> None:
    """Send one notice to all receivers; `subscriber` is "" if it concerns several, or the whole LMS."""
    noticed.send(sender=None, notice=notice, subscriber=subscriber)
