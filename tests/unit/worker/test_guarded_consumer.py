"""What our consumer does with each message beside handing it to Celery."""

from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker.consumer import Consumer

from lessonhook.worker.celery_app.guarded_consumer import GuardedConsumer
from lessonhook.worker.runtime.last_taken import LastTaken


def test_each_message_is_noted_as_the_last_that_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is handled, so also one that raises: the sweep learns from it how old what waits can be."""
    handled: list[Any] = []
    monkeypatch.setattr(Consumer, "create_task_handler", lambda *_arguments, **_options: handled.append)
    consumer: Any = object.__new__(GuardedConsumer)
    consumer.app = SimpleNamespace(runtime=SimpleNamespace(last_taken=LastTaken()))
    message = SimpleNamespace(delivery_info={"routing_key": "completions"}, headers={"queued_ms": 1_000})
    consumer.create_task_handler()(message)
    assert handled == [message]
    assert consumer.app.runtime.last_taken.queued_ms() == {"completions": 1_000}
