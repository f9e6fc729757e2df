"""The result of a task in Celery's states, so that Flower shows an engineer what happened and what comes next.

The texts contain only ids, statuses and reasons, because everybody who may open Flower sees them.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from celery.exceptions import Ignore, Retry

from lessonhook.ledger import Kind, NoticeKind, State

if TYPE_CHECKING:
    from lessonhook.ledger import EventView, Outcome, Step


class DeliveryFailed(Exception):
    """The reason why an event was not accepted. Flower shows its text."""


class _AttemptLater(Retry):
    """Celery's exception for a retry. Flower shows its `repr`, which would otherwise show Celery's internals."""

    def __repr__(self) -> str:
        """Return what `DeliveryFailed` shows, as for every other result."""
        return repr(self.exc)


class TaskState(StrEnum):
    """The states of Celery that an event is shown in."""

    SUCCESS = "SUCCESS"
    RETRY = "RETRY"
    FAILURE = "FAILURE"
    #: Another task of the same id reports the event.
    IGNORED = "IGNORED"


#: Outcomes that say nothing about the endpoint.
_OUR_FAULTS: Final = frozenset({Kind.NOT_STARTED, Kind.CRASHED})


@dataclass(frozen=True, slots=True)
class TaskResult:
    """A state and the text that is shown with it."""

    state: TaskState
    text: str
    #: When the next attempt is, in seconds since 1970; None if that is not known.
    next_attempt_at: float | None = None
    #: How long the POST took; None if there was none. The turn goes on in its lane after it.
    seconds: float | None = field(default=None, compare=False)

    def conclude(self) -> str:
        """Return the result of the task, or raise the exception that makes Celery report the state."""
        if self.state is TaskState.SUCCESS:
            return self.text
        if self.state is TaskState.IGNORED:
            raise Ignore(self.text)
        failed = DeliveryFailed(self.text)
        if self.state is TaskState.FAILURE:
            raise failed
        raise _AttemptLater(
            self.text, failed, datetime.fromtimestamp(self.next_attempt_at, UTC) if self.next_attempt_at else None
        )

    @classmethod
    def from_attempt(cls, step: "Step", outcome: "Outcome", attempt: int, attempts: int) -> "TaskResult":
        """Return the result of an event that was just POSTed. `attempt` of `attempts` is the one that ended."""
        return replace(cls._of_attempt(step, outcome, attempt, attempts), seconds=outcome.seconds)

    @classmethod
    def _of_attempt(cls, step: "Step", outcome: "Outcome", attempt: int, attempts: int) -> "TaskResult":
        if outcome.kind in _OUR_FAULTS:
            return _of_our_fault(step, outcome)
        text = f"{outcome} (attempt {attempt} of {attempts})"
        if step.state is State.RETRYING:
            due = datetime.fromtimestamp(step.due_ms / 1000, UTC)
            return cls(TaskState.RETRY, f"{text}; next attempt at {_instant(due)}", due.timestamp())
        if step.state is State.REFUSED:
            return cls(TaskState.FAILURE, f"refused: {text}; the endpoint accepts other events")
        if step.state is State.HELD and step.attempts >= attempts:
            paused = any(notice.kind is NoticeKind.SUBSCRIBER_PAUSED for notice in step.notices)
            after = "the subscriber is paused until a fresh event" if paused else "held until another event is accepted"
            return cls(TaskState.FAILURE, f"attempts used up: {text}; {after}")
        if step.state is State.HELD:
            return cls(TaskState.RETRY, f"{outcome}; sent too fast: goes again more slowly, no attempt spent")
        return cls(TaskState.SUCCESS, text) if step.state is State.DELIVERED else _elsewhere(step.state)

    @classmethod
    def from_event(cls, event: "EventView | None") -> "TaskResult":
        """Return the result of an event that this task did not POST: its last attempt, and what comes next."""
        if event is None:
            return _elsewhere(None)
        last = f"{event.last}; " if event.last else ""
        if event.state is State.RETRYING and event.due:
            return cls(TaskState.RETRY, f"{last}next attempt at {_instant(event.due)}", event.due.timestamp())
        if event.state is State.HELD:
            return cls(TaskState.RETRY, f"{last}held: goes when its lane lets it")
        if event.state is State.REFUSED:
            refused = f"refused: {last}the endpoint accepts other events"
            return cls(TaskState.FAILURE, f"set aside: {event.closed_because}" if event.closed_because else refused)
        if event.state is State.DELIVERED and event.last:
            return cls(TaskState.SUCCESS, str(event.last))
        return _elsewhere(event.state)


def _of_our_fault(step: "Step", outcome: "Outcome") -> TaskResult:
    """Return the result of an event that this worker could not POST, or failed over."""
    if outcome.kind is Kind.NOT_STARTED:
        return TaskResult(TaskState.RETRY, f"given back: {outcome.detail}; goes again in a moment, no attempt spent")
    if step.state is State.REFUSED:
        return TaskResult(TaskState.FAILURE, f"set aside: {outcome}, again and again; replay it once that is mended")
    due = datetime.fromtimestamp(step.due_ms / 1000, UTC) if step.due_ms else None
    return TaskResult(TaskState.RETRY, f"{outcome}; no attempt spent", due.timestamp() if due else None)


def _elsewhere(state: State | None) -> TaskResult:
    if state in {State.QUEUED, State.DELIVERING}:
        return TaskResult(TaskState.IGNORED, "another task has it in hand")
    return TaskResult(TaskState.SUCCESS, f"nothing to do: {state or 'not known to the ledger'}")


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


#: The ledger did not reply. The event stays as it is written there, and the sweep finds it.
UNSETTLED = TaskResult(TaskState.RETRY, "the ledger did not reply; the sweep goes on with the event")
#: A message that names no event.
UNREADABLE = TaskResult(TaskState.FAILURE, "the message names no subscriber and event")
