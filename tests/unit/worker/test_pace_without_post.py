"""A turn that gives its event back before there was a POST, by what its worker knows of the endpoint afterwards."""

from dataclasses import replace

import pytest

from lessonhook.config import Settings
from lessonhook.ledger import Kind
from lessonhook.worker.celery_app.worker_celery import create_app
from lessonhook.worker.delivery.turn import Turn
from lessonhook.worker.runtime.slots import Pace
from tests.unit.worker.played_ledger import hand_out
from tests.unit.worker.samples import DELIVERY

_NEEDS_A_TOKEN = (
    b'{"subscriber": "acme", "callback_url": "https://acme.example.com/hook", "authorization_from_provider": true}'
)


def test_an_endpoint_that_was_not_posted_to_stays_a_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no provider of its token, so the event is given back within a millisecond: that is not its quickness."""
    delivery = replace(DELIVERY, subscription=_NEEDS_A_TOKEN)
    settled = hand_out(monkeypatch, delivery)

    app = create_app(Settings())
    try:
        app.runtime.loop.run(Turn(app.runtime, "acme", delivery.event_id, is_first=True).take(None))
        assert app.runtime.slots.pace_of("acme", None) is Pace.STRANGER
    finally:
        app.runtime.close()
    assert [outcome.kind for outcome in settled] == [Kind.NOT_STARTED]
