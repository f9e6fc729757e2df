"""A server whose machine lacks files or memory keeps what waits for it, and says what is lacking."""

import errno
import os
import socket
import threading
from socketserver import BaseRequestHandler
from typing import Any

import pytest

from lessonhook.config import BoundedServer
from tests.support.patience import PATIENCE_SECONDS


class _Hello(BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(b"hello")


class _Server(BoundedServer):
    def __init__(self, *, connection_limit: int = 8) -> None:
        self.noted: list[int | None] = []
        super().__init__(
            ("127.0.0.1", 0), _Hello, connection_limit=connection_limit, connection_seconds=PATIENCE_SECONDS
        )

    def note_shortage(self, error: OSError) -> None:
        self.noted.append(error.errno)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_a_connection_for_which_there_is_no_file_is_served_later(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits in the queue of the port; to accept it at once again and again would keep a processor busy."""
    accept, refusals = socket.socket.accept, [number, number]

    def accept_later(self: socket.socket) -> Any:
        if refusals:
            refused = refusals.pop()
            raise OSError(refused, os.strerror(refused))
        return accept(self)

    with _Server() as server:
        monkeypatch.setattr(socket.socket, "accept", accept_later)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        with socket.create_connection(("127.0.0.1", server.server_address[1]), PATIENCE_SECONDS) as client:
            assert client.recv(5) == b"hello"
        server.shutdown()
        thread.join()
    assert server.noted == [number, number]
