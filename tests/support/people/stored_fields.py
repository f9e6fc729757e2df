"""The fields of a lane and of an event as Redis holds them, for tests that look below the views."""

from typing import Any

from lessonhook.ledger import Ledger
from lessonhook.ledger.transitions.keys import key


def lane_fields(ledger: Ledger, subscriber: str) -> dict[str, str]:
    """Read a lane's hash; empty if nothing was written yet."""
    return _read(ledger, key("lane", subscriber))


def event_fields(ledger: Ledger, subscriber: str, event_id: str) -> dict[str, str]:
    """Read an event's hash; empty if the ledger does not know the event."""
    return _read(ledger, key("event", subscriber, event_id))


def _read(ledger: Ledger, name: str) -> dict[str, str]:
    fields: Any = ledger.redis.hgetall(name)
    return {field.decode(): value.decode() for field, value in fields.items()}
