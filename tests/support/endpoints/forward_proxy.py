"""A forward proxy for tests: it records what it is asked for, and connects to where it is told."""

import contextlib
import socket
import threading

from tests.support.endpoints.raw_endpoints import Peer, http_response


class ForwardProxy:
    """The behaviour of an `Endpoint`: CONNECT for TLS, whole URLs for plain HTTP (to which it responds by itself)."""

    def __init__(self, *, refuses: bytes = b"") -> None:
        self._refuses = refuses

    def __call__(self, peer: Peer) -> None:
        """Serve one connection."""
        while True:
            method, target, _ = peer.read_request().split(b" ", 2)
            if self._refuses:
                peer.send(http_response(b"no", status=self._refuses))
                return
            if method != b"CONNECT":
                peer.send(http_response(b"{}"))
                continue
            host, _, port = target.decode().rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port)), 5) as upstream:
                peer.send(b"HTTP/1.1 200 Connection established\r\nProxy-Agent: test\r\n\r\n")
                back = threading.Thread(target=_pump, args=(upstream, peer.sock), daemon=True)
                back.start()
                _pump(peer.sock, upstream)
                back.join()
            return


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
