"""A turn that has too little left of its lease, decided by the longest that its POST may last."""

from dataclasses import replace
from typing import Any

import pytest

from lessonhook.config import Settings
from lessonhook.ledger import Kind, LoopTransitions, Outcome, State
from lessonhook.ledger.transitions.results import Step
from lessonhook.worker.celery_app.worker_celery import create_app
from lessonhook.worker.client import Client, Post
from lessonhook.worker.delivery.turn import Turn
from tests.unit.worker.samples import DELIVERY

_SUBSCRIPTION = b'{"subscriber": "acme", "callback_url": "https://acme.example.com/hook"}'


def test_6_what_could_outlast_its_lease_is_not_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that stood still for a while has just more than a deadline left: with its grace, a POST may be late.

    It gives the event back at once, and nobody is charged.
    """
    app = create_app(Settings())
    deadline = app.settings.request_deadline_seconds
    delivery = replace(DELIVERY, subscription=_SUBSCRIPTION, lease_seconds=deadline + 0.1)
    step = Step(subscriber="acme", state=State.DELIVERING, attempts=0, due_ms=0, now_ms=0, delivery=delivery)
    posted: list[Any] = []
    settled: list[Outcome] = []

    async def admitted(*_: Any, **__: Any) -> Step:
        return step

    async def attempted(_: Client, post: Post) -> None:
        posted.append(post)

    async def given_back(_: LoopTransitions, *facts: Any, **__: Any) -> Step:
        settled.extend(fact for fact in facts if isinstance(fact, Outcome))
        return Step(subscriber="acme", state=State.HELD, attempts=0, due_ms=0, now_ms=0)

    monkeypatch.setattr(LoopTransitions, "admit", admitted)
    monkeypatch.setattr(LoopTransitions, "settle", given_back)
    monkeypatch.setattr(Client, "attempt", attempted)
    try:
        result = app.runtime.loop.run(Turn(app.runtime, "acme", delivery.event_id, is_first=True).take(None))
    finally:
        app.runtime.close()
    assert posted == []
    assert [outcome.kind for outcome in settled] == [Kind.NOT_STARTED]
    assert result.text == "given back: too little was left of its lease; goes again in a moment, no attempt spent"
