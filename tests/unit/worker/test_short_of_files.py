"""A turn for which the machine has no file or no memory: one line in words, and the event is given back."""

import asyncio
import errno
import os
import threading
from collections import deque
from typing import Any

import pytest
from structlog.testing import capture_logs

from lessonhook.config import Settings
from lessonhook.ledger import Kind
from lessonhook.worker.celery_app.loop_pool import LoopPool
from lessonhook.worker.celery_app.worker_celery import create_app
from lessonhook.worker.delivery.turn import Turn
from tests.unit.worker.played_ledger import hand_out
from tests.unit.worker.samples import DELIVERY

_WORDS = "this machine has too few file descriptors for this process"


def _no_file() -> OSError:
    return OSError(errno.EMFILE, os.strerror(errno.EMFILE), "/etc/ssl/cert.pem")


def test_an_event_whose_post_cannot_be_made_ready_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever needed the file, a module that is imported at its first use among it."""
    settled = hand_out(monkeypatch, DELIVERY)

    async def lacks_a_file(*_: Any) -> None:
        raise _no_file()

    app = create_app(Settings())
    monkeypatch.setattr(Turn, "_opened", lacks_a_file)
    try:
        result = app.runtime.loop.run(Turn(app.runtime, "acme", DELIVERY.event_id, is_first=True).take(None))
    finally:
        app.runtime.close()
    assert [(outcome.kind, outcome.detail) for outcome in settled] == [(Kind.NOT_STARTED, _WORDS)]
    assert result.text == f"given back: {_WORDS}; goes again in a moment, no attempt spent"


@pytest.mark.parametrize(
    ("error", "fact", "value"), [(_no_file(), "because", _WORDS), (ValueError("ours"), "exc_info", None)]
)
def test_a_turn_that_ended_for_want_of_a_file_is_one_line(error: Exception, fact: str, value: str | None) -> None:
    """Any other fault is logged whole."""

    async def ends() -> None:
        raise error

    async def run() -> None:
        pool = LoopPool.__new__(LoopPool)
        pool._running, pool._inbox = set(), deque()
        pool._begun, pool._idle = threading.Condition(), threading.Event()
        task = asyncio.ensure_future(ends())
        await asyncio.wait([task])
        pool._ended(task)

    with capture_logs() as lines:
        asyncio.run(run())
    [line] = lines
    assert (line["event"], line["error"]) == ("turn.crashed", type(error).__name__)
    assert line[fact] == (value or error)
    assert len({"because", "exc_info"} & set(line)) == 1
