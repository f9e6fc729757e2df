"""What an error reporter that keeps local variables (Sentry, rich) sees of an error that the producer raises."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from pydantic import SecretStr
from rich.console import Console
from rich.traceback import Traceback

from lessonhook.config import LessonhookError, Settings
from lessonhook.desk import AsyncDesk, Desk
from lessonhook.ledger.subscriptions import new_pull_token
from lessonhook.producer import (
    CompletionEvent,
    InvalidCompletion,
    Lesson,
    Producer,
    Subscription,
    Token,
    User,
)
from tests.support.error_frames import frames_of

MARK = "MARK-5e0d"
SECRET = "whsec_TUFSSy01ZTBkTUFSSy01ZTBkTUFSSy01ZTBk"
KEY = f"-----BEGIN PRIVATE KEY-----\n{MARK}\n-----END PRIVATE KEY-----\n"
URL = f"https://acme.example/?sig={MARK}"
PULL_TOKEN = new_pull_token("acme")
#: Nothing listens on this port.
AWAY = Settings(redis_url=f"redis://:{MARK}@127.0.0.1:1/0")
FIELDS: dict[str, Any] = {
    "subscriber": "acme",
    "user": {"id": MARK, "name": MARK, "email": MARK, "custom_fields": {MARK: MARK}},
    "lesson": {"id": "1", "title": MARK},
    "completed_at": "2026-01-01T00:00:00Z",
}
#: Each as a dict that type checkers let pass.
EVENT: Any = dict(FIELDS)
WRONG: Any = {**FIELDS, "completed_at": MARK}
OPTIONS: Any = {"countdown": MARK}


def good_subscription() -> Subscription:
    """Return a subscription with every credential."""
    return Subscription(subscriber="acme", callback_url=URL, authorization=f"Token {MARK}", signing_secret=SECRET)


CALLS: dict[str, Callable[[Producer], object]] = {
    "delay, Redis away": lambda producer: producer.send_completion.delay(CompletionEvent(**FIELDS)),
    "delay a dict, Redis away": lambda producer: producer.send_completion.delay(dict(FIELDS)),  # type: ignore[arg-type]
    "delay a wrong dict": lambda producer: producer.send_completion.delay({**FIELDS, "score_percent": MARK}),  # type: ignore[arg-type]
    "delay_many, Redis away": lambda producer: producer.send_completion.delay_many([EVENT]),
    "delay_many wrong ones": lambda producer: producer.send_completion.delay_many([WRONG]),
    "adelay, Redis away": lambda producer: asyncio.run(producer.send_completion.adelay(EVENT)),
    "adelay a wrong dict": lambda producer: asyncio.run(producer.send_completion.adelay(WRONG)),
    "adelay_many, Redis away": lambda producer: asyncio.run(producer.send_completion.adelay_many([EVENT])),
    "adelay_many wrong ones": lambda producer: asyncio.run(producer.send_completion.adelay_many([WRONG])),
    "apply_async of a wrong option": lambda producer: producer.send_completion.apply_async((EVENT,), **OPTIONS),
    "apply_async, Redis away": lambda producer: producer.send_completion.apply_async((EVENT,)),
    "a wrong completion": lambda _: CompletionEvent(**{**FIELDS, "completed_at": MARK}),
    "a wrong completion of parts": lambda _: CompletionEvent(
        subscriber="a b", user=User(**FIELDS["user"]), lesson=Lesson(**FIELDS["lesson"]), completed_at="x"
    ),
    "a wrong learner": lambda _: User(id=MARK, name=MARK, email=None),  # type: ignore[arg-type]
    "a wrong dict": lambda _: CompletionEvent.model_validate({**FIELDS, "event_id": f" {MARK}"}),
    "put, Redis away": lambda producer: producer.subscriptions.put(good_subscription()),
    "put a private address": lambda producer: producer.subscriptions.put(
        Subscription(subscriber="acme", callback_url=f"http://10.0.0.1/?sig={MARK}", authorization=f"Token {MARK}")
    ),
    "change, Redis away": lambda producer: producer.subscriptions.change("acme", authorization=MARK),
    "get, Redis away": lambda producer: producer.subscriptions.get("acme"),
    "a wrong subscription": lambda _: Subscription(subscriber="a b", callback_url=URL, authorization=SecretStr(MARK)),
    "a wrong subscription of text": lambda _: Subscription(
        subscriber="a b", callback_url=URL, authorization=MARK, signing_secret=SECRET
    ),
    "a wrong client certificate": lambda _: Subscription(
        subscriber="acme", callback_url="https://acme.example/", client_certificate=f"{KEY}{KEY}"
    ),
    "a client certificate with a wrong key": lambda _: Subscription(
        subscriber="acme",
        callback_url="https://acme.example/",
        client_certificate=f"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{KEY}",
    ),
    "a key in a CA bundle": lambda _: Subscription(
        subscriber="acme", callback_url="https://acme.example/", ca_bundle=KEY
    ),
    "save by the desk, Redis away": lambda producer: (
        Desk(producer)
        .of("acme")
        .save(URL, authorization=f"Token {MARK}", signing_secret=SECRET, client_certificate=KEY, by="ada")
    ),
    "save by the asynchronous desk, Redis away": lambda producer: asyncio.run(
        AsyncDesk(producer).of("acme").save(URL, authorization=f"Token {MARK}", signing_secret=SECRET, by="ada")
    ),
    "fetch, Redis away": lambda producer: Desk(producer).fetch(PULL_TOKEN),
    "find a learner, Redis away": lambda producer: Desk(producer).search(MARK),
    "backfill, Redis away": lambda producer: producer.send_completion.backfill([EVENT]),
    "a wrong token": lambda _: Token(f"Bearer {MARK}\n"),
    "a token of a wrong end": lambda _: Token(f"Bearer {MARK}", expires_at=WRONG),
    "a wrong rotation": lambda _: good_subscription().with_rotated_secret(MARK),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_no_frame_holds_a_body_or_a_credential(call: Callable[[Producer], object]) -> None:
    """The frames of the caller are the LMS's own; of ours, none holds what the caller handed over."""
    producer = Producer(AWAY)
    with pytest.raises((LessonhookError, ValueError)) as caught:
        call(producer)
    frames = frames_of(caught.value, without=__file__)
    assert PULL_TOKEN not in frames
    assert MARK not in frames
    assert SECRET not in frames


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_reporter_that_shows_local_variables_can_show_the_error(call: Callable[[Producer], object]) -> None:
    """Showing an event that was refused must not fail, although it has no fields."""
    with pytest.raises((LessonhookError, ValueError)) as caught:
        call(Producer(AWAY))
    error = caught.value
    console = Console(quiet=True, width=400)
    console.print(Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True))


def test_logging_a_refused_completion_does_not_crash(capsys: pytest.CaptureFixture[str]) -> None:
    """Structlog as it is when nobody configures it shows the local variables of each frame."""
    structlog.reset_defaults()
    try:
        CompletionEvent(**{**FIELDS, "completed_at": "x"})
    except InvalidCompletion:
        structlog.get_logger().exception("could not publish")
        logging.getLogger("lms").exception("could not publish")
    assert "InvalidCompletion" in capsys.readouterr().out
