"""Events for scripts: the shapes of `lessonhook events --json` and `lessonhook event --json`."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from lessonhook.ledger import Attempt, EventView


def event_document(event: EventView) -> dict[str, Any]:
    """Answer an event's facts; times are UTC, ISO 8601 with `Z`."""
    return {
        "event_id": event.event_id,
        "subscriber": event.subscriber,
        "state": event.state,
        "recorded": plain_time(event.recorded),
        "completed": plain_time(event.completed),
        "due": plain_time(event.due),
        "closed": plain_time(event.closed),
        "failed_attempts": event.failed_attempts,
        "posts": event.posts,
        "leases_lost": event.leases_lost,
        "last_attempt": attempt_document(event.last) if event.last else None,
    }


def attempt_document(attempt: Attempt) -> dict[str, Any]:
    """Answer an attempt's facts."""
    return asdict(attempt) | {"at": plain_time(attempt.at)}


def attempt_documents(attempts: Iterable[Attempt]) -> list[dict[str, Any]]:
    """Answer the facts of several, in their order."""
    return [attempt_document(attempt) for attempt in attempts]


def plain_time(when: datetime | None) -> str | None:
    """Write a time as `lessonhook status --json` does."""
    return None if when is None else f"{when.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
