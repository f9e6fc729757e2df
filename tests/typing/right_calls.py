"""Calls that an LMS may write: type checkers accept each of them, with the types that the assertions name."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, assert_type

from lessonhook.producer import (
    CompletionDict,
    CompletionEvent,
    Lesson,
    Producer,
    Publication,
    Publications,
    Recorded,
    Settings,
    Subscription,
    SubscriptionView,
    User,
    send_completion,
    subscriptions,
)

event = CompletionEvent(
    subscriber="acme",
    user=User(id=7, name="Ada", email="ada@company.example", custom_fields={"Region": "North", "Grade": 3}),
    lesson=Lesson(id="1000", title="Fire Safety", retake_score=85),
    score_percent=Decimal("66.7"),
    completed_at=datetime(2026, 3, 1, tzinfo=UTC),
    event_id="lms-7",
)
fields: CompletionDict = {
    "subscriber": 12,
    "user": {"id": "7", "name": "Ada", "email": "", "ext_uid": None},
    "lesson": {"id": 1000, "title": "Fire Safety"},
    "score_percent": 100,
    "completed_at": "2026-03-01T12:00:00Z",
}


def of_json(document: dict[str, Any]) -> CompletionEvent:
    """Make an event of what only the run time knows; the rules are checked then."""
    return CompletionEvent(**document)


assert_type(send_completion.delay(event), Publication)
assert_type(send_completion.delay(fields), Publication)
send_completion.delay(event=event)
assert_type(send_completion.delay_many([event]), Publications)
assert_type(send_completion.backfill([event, fields]), Publications)


async def on_a_loop() -> None:
    """Publish from a coroutine."""
    assert_type(await send_completion.adelay(event), Publication)
    assert_type(await send_completion.adelay(fields), Publication)
    assert_type(await send_completion.adelay_many([event]), Publications)
    assert_type(await send_completion.abackfill([event]), Publications)


send_completion.delay(
    {
        "subscriber": "acme",
        "user": {"id": 7, "name": "Ada", "email": "ada@company.example", "custom_fields": {"Region": None}},
        "lesson": {"id": 1000, "title": "Fire Safety", "retake_score": None},
        "completed_at": datetime(2026, 3, 1, tzinfo=UTC),
    }
)
send_completion.delay(of_json({}))
assert_type(send_completion.delay_on_commit(event), str)
send_completion.delay_on_commit(fields, using="replica")
send_completion.apply_async((event,))
send_completion.apply_async([fields], task_id="lms-7")
assert_type(send_completion.apply_async(kwargs={"event": event}), Publication)
assert_type(send_completion.delay(event).id, str)
assert_type(send_completion.delay(event).recorded, Recorded)
assert_type(send_completion.delay(event).accepted, bool)

subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example/hook", authorization="Token abc"))
subscriptions.put(Subscription(subscriber=12, callback_url="https://acme.example/hook", max_per_second=2))
assert_type(subscriptions.change("acme", callback_url="https://acme.example/new", max_in_flight=2), SubscriptionView)
assert_type(subscriptions.get("acme"), SubscriptionView | None)
assert_type(subscriptions.list(), list[SubscriptionView])
assert_type(subscriptions.delete("acme"), bool)

assert_type(Producer(Settings(redis_url="redis://other:6379/0")).send_completion.delay(event), Publication)
