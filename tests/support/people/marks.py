"""Personal data and secrets that are marked: whatever shows one of them has shown what it should not."""

from collections.abc import Callable
from typing import Any

from lessonhook.producer import CompletionEvent, Lesson, User
from tests.support.endpoints.exchange import Post, Response

TOKEN = "Token Marked-Authorization"
SIGNING_SECRET = "whsec_TWFya2VkLVNlY3JldC1vZi10aGUtU2lnbmF0dXJl"
QUERY = "key=Marked-Key-of-the-URL"
ENCRYPTION_KEY = "TWFya2VkLUtleS1vZi10aGUtVmF1bHQtb2YtdGVzdHM="

#: How each of them would show, whole or in part, encoded or not.
MARKS = (
    "Marked",
    "marked.learner@",
    "TWFya2Vk",
    "4d61726b6564",
    "Company-Uid-of-a-Learner",
)


def marked_completion(subscriber: str, number: int, **fields: Any) -> CompletionEvent:
    """Make a completion in which everything that says something of a person or a lesson is marked."""
    return CompletionEvent(
        subscriber=subscriber,
        user=User(
            id=f"Marked-Id-{number}",
            name="Marked Name",
            email="marked.learner@example.com",
            ext_uid="Company-Uid-of-a-Learner",
            custom_fields={"Marked Field": "Marked Value"},
        ),
        lesson=Lesson(id=f"Marked-Lesson-{number}", title="Marked Title"),
        completed_at="2026-03-01T12:00:00Z",
        report_card_url="https://lms.example.com/Marked-Report-Card",
        **fields,
    )


def echo(status: int, *headers: tuple[str, str]) -> Callable[[Post], Response]:
    """Return as careless endpoints do: with the credentials and the body that came."""
    return lambda post: Response(
        status=status, headers=headers, body=f"we got {post.header('authorization')} with ".encode() + post.body
    )
