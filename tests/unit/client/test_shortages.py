"""What this machine lacks says nothing about an endpoint: the POST did not start, and nobody is charged."""

import errno
import os
import socket
import threading
from typing import Any

import pytest

from lessonhook.config import Settings
from lessonhook.ledger import Kind, Subscription
from lessonhook.worker.client import Client, Post

_SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def attempt(url: str) -> Any:
    """Make one attempt."""
    subscription = Subscription(subscriber="acme", callback_url=url)
    with Client(Settings(allowed_private_networks=("127.0.0.0/8",))) as client:
        return client.post(Post(event_id="event-1", subscription=subscription, body=b"{}"))


@pytest.mark.parametrize("number", _SHORTAGES, ids=lambda number: errno.errorcode[number])
def test_a_post_for_which_no_socket_can_be_opened_did_not_start(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process has its last file descriptor in use, or the machine its memory."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "connect", refuse)
    outcome = attempt("http://127.0.0.1:9/hook")
    assert outcome.kind is Kind.NOT_STARTED
    assert outcome.detail.startswith("this machine has too few ")


def test_a_post_for_which_no_look_up_can_be_started_did_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python cannot start one more thread."""
    start = threading.Thread.start

    def refuse(self: threading.Thread) -> None:
        if self.name == "lessonhook-resolve":
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    outcome = attempt("http://hook.example.com/in")
    assert (outcome.kind, outcome.detail) == (Kind.NOT_STARTED, "no thread can be started for a look-up")
