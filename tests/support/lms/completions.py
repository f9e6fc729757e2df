"""The completions that an LMS publishes."""

from datetime import UTC, datetime, timedelta

from lessonhook.producer import CompletionDict, CompletionEvent, Lesson, User
from tests.support.lms.names import SUBSCRIBER


def completion(number: int, subscriber: str = SUBSCRIBER) -> CompletionEvent:
    """Return the completion of one learner of many."""
    return CompletionEvent(
        subscriber=subscriber,
        user=User(id=f"learner-{number}", name="Ann", email="ann@example.com"),
        lesson=Lesson(id="1000", title="Fire Safety"),
        completed_at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=number),
    )


def completion_dict(number: int, subscriber: str = "acme", learner: str | None = None) -> CompletionDict:
    """Return one of many completions as a plain dict, of a learner of its own unless the test names one."""
    return {
        "subscriber": subscriber,
        "user": {
            "id": learner or f"learner-{number}",
            "name": f"Learner {number}",
            "email": f"l{number}@example.com",
        },
        "lesson": {"id": "1000", "title": "Fire Safety"},
        "completed_at": datetime(2026, 5, 4, tzinfo=UTC) + timedelta(seconds=number),
    }
