"""The completions that every row delivers: the vendor's sample, by a learner of its own each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

#: What every row sends as `Authorization`.
AUTHORIZATION: Final = "Token bench"


@dataclass(frozen=True, slots=True)
class Completion:
    """One completion to send: whose, under which id, and the body's facts."""

    subscriber: str
    event_id: str
    payload: dict[str, Any]


def completion(subscriber: str, event_id: str, number: int) -> Completion:
    """Make the sample completion of learner `number`: 380 bytes as JSON."""
    payload = {
        "user": {
            "id": str(number),
            "name": "Sample Sampleson",
            "email": "sample@company.com",
            "custom_fields": {"Custom Field Name": "Custom Field Value"},
        },
        "lesson": {"id": "1000", "title": "A Sample Lesson", "retake_score": 85},
        "score_percent": 100.0,
        "started_at": "2015-04-28T14:36:22Z",
        "completed_at": "2015-04-28T14:36:24Z",
        "assigned_at": "2015-04-28T14:36:18Z",
        "report_card_url": "http://sample.lesson.ly/assignments/100",
    }
    return Completion(subscriber, event_id, payload)


def subscribers(count: int) -> list[str]:
    """Name `count` subscribers."""
    return [f"company-{number}" for number in range(count)]


def dealt(names: Sequence[str], count: int) -> list[str]:
    """Deal `count` events out to subscribers, each getting as many, neighbours in the list not one after the other."""
    # A step that shares no factor with any list used here: the dead ones are the first of the list, and mix in.
    step = 37 if len(names) % 37 else 1
    return [names[number * step % len(names)] for number in range(count)]
