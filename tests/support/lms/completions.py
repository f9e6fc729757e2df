"""The completions that an LMS tells of."""

from datetime import UTC, datetime, timedelta

from lessonhook.producer import CompletionEvent, Lesson, User
from tests.support.lms.names import SUBSCRIBER


def completion(number: int, subscriber: str = SUBSCRIBER) -> CompletionEvent:
    """Make the completion of one learner of many."""
    return CompletionEvent(
        subscriber=subscriber,
        user=User(id=f"learner-{number}", name="Ann", email="ann@example.com"),
        lesson=Lesson(id="1000", title="Fire Safety"),
        completed_at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=number),
    )
