"""Calls that are wrong, and refused by mypy and by pyright for the reason named at each line.

Both are told to complain of an `ignore` that is not needed: a call that becomes acceptable fails the check.
"""

from datetime import UTC, datetime

from lessonhook.producer import CompletionEvent, Lesson, Subscription, User, send_completion, subscriptions

user = User(id=7, name="Ada", email="ada@company.example")
lesson = Lesson(id="1000", title="Fire Safety")
now = datetime(2026, 3, 1, tzinfo=UTC)
event = CompletionEvent(subscriber="acme", user=user, lesson=lesson, completed_at=now)

# Of the call.
send_completion.delay()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - no event
send_completion.delay(event, event)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - two events
send_completion.delay("acme", "42")  # type: ignore[arg-type,call-arg]  # pyright: ignore[reportCallIssue] - a worker's
send_completion.delay(event, countdown=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - the lane's
send_completion.delay([event])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - a list
send_completion.delay(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - nothing
send_completion.dealy(event)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue] - misspelt
send_completion.apply_async((event,), countdown=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - so
send_completion.apply_async(event)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - no tuple
send_completion.delay_on_commit(event, "replica")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - named
send_completion.delay(event).get()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue] - no result

# Of the event.
CompletionEvent(subscriber="a", user=user, lesson=lesson)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - when?
User(7, "Ada", "")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - by name, not by position
User(id=7, name="Ada", email=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - text, "" for none
User(id=7.5, name="Ada", email="")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - whole or text
Lesson(id=1, title="Fire", retake_score="85")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - text
Lesson(id="1000", titel="Fire Safety")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - misspelt

# Of a dict, whose fields are checked as well.
send_completion.delay({"subscriber": "acme"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - the rest?
send_completion.delay(event.model_dump())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - of what?

# Of subscriptions.
Subscription(callback_url="https://a.example")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - whose?
Subscription(subscriber="a", url="https://a.example")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - callback
Subscription(subscriber="a", callback_url="https://a.example", numeric_id=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - misspelt
Subscription(subscriber="a", callback_url="https://a.example", max_in_flight="3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - text
subscriptions.put("acme")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - not a name
subscriptions.change("acme", url="https://acme.example/new")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - no such field
subscriptions.change("acme", numeric_ids="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - text
url = subscriptions.get("acme").callback_url  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess] - or None
