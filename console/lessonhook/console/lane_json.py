"""A lane for scripts: the shape of `lessonhook status --json`; a change of it is announced in the changelog."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from lessonhook.ledger import LaneStatus


def lane_document(lane: LaneStatus) -> dict[str, Any]:
    """Answer every fact of a lane by its name; times are UTC, ISO 8601 with `Z`; `paused` is null while events go."""
    return {name: _plain(value) for name, value in asdict(lane).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value
