"""Tells whoever wants to hear of it that a subscriber was paused or resumed, or an event refused, expired or erased.

    from lessonhook.ledger import noticed

    @noticed.connect
    def mail_the_customer(notice, subscriber, **more): ...

Receivers run in the workers: `LESSONHOOK_WORKER_IMPORTS` names the modules that a worker imports at its start, so that
theirs are connected there. A pause that a fresh event lifts in the LMS is told of by the next worker that comes to the
lane, so that the LMS is not held up.
"""

from typing import TYPE_CHECKING, Any, Final

from celery.utils.dispatch import Signal

if TYPE_CHECKING:
    from lessonhook.ledger.answers import Step

#: Sent once for each transition, with `notice` (a `Notice`) and `subscriber`. A receiver that raises is logged by
#: Celery and stops nothing.
noticed: Final[Any] = Signal(name="noticed", providing_args={"notice", "subscriber"})


def announce(step: "Step") -> None:
    """Send a step's notices to all receivers."""
    for notice in step.notices:
        noticed.send(sender=None, notice=notice, subscriber=step.subscriber)
