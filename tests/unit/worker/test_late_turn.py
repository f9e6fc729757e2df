"""A turn that has too little left of its lease, decided by the longest that its POST may last."""

from types import SimpleNamespace
from typing import Any

import pytest

from lessonhook.config import Settings
from lessonhook.ledger import Ledger, State
from lessonhook.ledger.answers import Delivery, Step
from lessonhook.worker.app import create_app
from lessonhook.worker.client import Client
from lessonhook.worker.ending import UNSETTLED
from lessonhook.worker.turn import Turn

_SUBSCRIPTION = b'{"subscriber": "acme", "callback_url": "https://acme.example.com/hook"}'


def test_6_what_could_outlast_its_lease_is_not_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that stood still for a while has just more than a deadline left: with its grace, a POST may be late."""
    app = create_app(Settings())
    deadline = app.settings.request_deadline_seconds
    delivery = Delivery(
        event_id="event-1",
        body=b"{}",
        subscription=_SUBSCRIPTION,
        attempt=1,
        token="1-1",
        wait_seconds=0,
        lease_seconds=deadline + 0.1,
        recorded_ms=0,
        first=True,
    )
    step = Step(subscriber="acme", state=State.DELIVERING, attempts=0, due_ms=0, now_ms=0, delivery=delivery)
    posted: list[Any] = []
    monkeypatch.setattr(Ledger, "admit", lambda *_, **__: step)
    monkeypatch.setattr(Client, "post", lambda _, post: posted.append(post))
    assert Turn(app.runtime, SimpleNamespace(), "acme", "event-1").take(None) is UNSETTLED
    assert posted == []
