"""How an event's attempt ended, in Celery's words, so that Flower tells an engineer what happened and what comes next.

Only ids, statuses and reasons are said here: Flower shows it all to whoever may open it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from celery.exceptions import Ignore, Retry

from lessonhook.ledger import NoticeKind, State

if TYPE_CHECKING:
    from lessonhook.ledger import EventView, Outcome, Step


class DeliveryFailed(Exception):  # noqa: N818 - a state in Flower, not an error of ours
    """Why an event was not accepted; its text is what Flower shows."""


class _AttemptLater(Retry):
    """Celery's own word for it; Flower shows its representation, which is Celery's insides if it is left alone."""

    def __repr__(self) -> str:
        """Show what `DeliveryFailed` says, as for every other ending."""
        return repr(self.exc)


class Celery(StrEnum):
    """The states of Celery's that an event can be seen in."""

    SUCCESS = "SUCCESS"
    RETRY = "RETRY"
    FAILURE = "FAILURE"
    #: Another task of the same id tells of the event.
    IGNORED = "IGNORED"


@dataclass(frozen=True, slots=True)
class Ending:
    """A state and what to say with it."""

    state: Celery
    text: str
    #: When it is tried again, seconds since 1970; None if that is not known.
    again: float | None = None

    def conclude(self) -> str:
        """Answer the result of the task, or raise what makes Celery report the state."""
        if self.state is Celery.SUCCESS:
            return self.text
        if self.state is Celery.IGNORED:
            raise Ignore(self.text)
        failed = DeliveryFailed(self.text)
        if self.state is Celery.FAILURE:
            raise failed
        raise _AttemptLater(self.text, failed, datetime.fromtimestamp(self.again, UTC) if self.again else None)


def attempted(step: "Step", outcome: "Outcome", attempt: int, attempts: int) -> Ending:
    """Say what became of an event that was just posted; `attempt` of `attempts` is the one that ended."""
    said = f"{outcome} (attempt {attempt} of {attempts})"
    if step.state is State.RETRYING:
        due = datetime.fromtimestamp(step.due_ms / 1000, UTC)
        return Ending(Celery.RETRY, f"{said}; next attempt at {_instant(due)}", due.timestamp())
    if step.state is State.REFUSED:
        return Ending(Celery.FAILURE, f"refused: {said}; the endpoint accepts other events")
    if step.state is State.HELD and step.attempts >= attempts:
        paused = any(notice.kind is NoticeKind.SUBSCRIBER_PAUSED for notice in step.notices)
        after = "the subscriber is paused until a fresh event" if paused else "held until another event is accepted"
        return Ending(Celery.FAILURE, f"attempts used up: {said}; {after}")
    if step.state is State.HELD:
        return Ending(Celery.RETRY, f"{outcome}; sent too fast: goes again more slowly, no attempt spent")
    if step.state is State.DELIVERED:
        return Ending(Celery.SUCCESS, said)
    return _elsewhere(step.state)


def found(event: "EventView | None") -> Ending:
    """Say how an event is that this task did not post itself: what its last attempt brought, and what comes next."""
    if event is None:
        return _elsewhere(None)
    last = f"{event.last}; " if event.last else ""
    if event.state is State.RETRYING and event.due:
        return Ending(Celery.RETRY, f"{last}next attempt at {_instant(event.due)}", event.due.timestamp())
    if event.state is State.HELD:
        return Ending(Celery.RETRY, f"{last}held: goes when its lane lets it")
    if event.state is State.REFUSED:
        return Ending(Celery.FAILURE, f"refused: {last}the endpoint accepts other events")
    if event.state is State.DELIVERED and event.last:
        return Ending(Celery.SUCCESS, str(event.last))
    return _elsewhere(event.state)


def _elsewhere(state: State | None) -> Ending:
    if state in {State.QUEUED, State.DELIVERING}:
        return Ending(Celery.IGNORED, "another task has it in hand")
    return Ending(Celery.SUCCESS, f"nothing to do: {state or 'not known to the ledger'}")


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


#: The ledger did not answer: the event stays as it is written there, and the sweep finds it.
UNSETTLED = Ending(Celery.RETRY, "the ledger did not answer; the sweep takes it up")
