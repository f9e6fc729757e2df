"""Sends a POST on to a program on this machine, with the bytes and the headers as they came."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult, urlsplit

from lessonhook.console.receiver.receiver import Response

#: As long as a sender with the default settings waits for the whole response.
TIMEOUT_SECONDS: Final = 15.0
#: Bytes of the program's response that are given back; a sender reads no more.
_BODY_LIMIT: Final = 65_536
#: They are about one connection and not about the message (RFC 9110, 7.6.1); `Host` names the other server.
_OF_A_CONNECTION: Final = frozenset(
    {"connection", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
_LENGTH: Final = "content-length"
#: What a sender may act upon: how long to wait, where the URL has moved, what an acknowledgement rule reads.
_GIVEN_BACK: Final = ("Content-Type", "Retry-After", "Location")
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What became of one POST that was sent on."""

    #: What to give the sender; 502 or 504 if the program did not respond.
    response: Response
    #: How it ended, for a person.
    words: str


class Forwarder:
    """Sends POSTs on to one URL; may be used by many threads."""

    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Raise ValueError, whose text says what is wrong with the URL and quotes nothing of it."""
        self._parts = _read(url)
        self._timeout_seconds = timeout_seconds

    @property
    def address(self) -> tuple[str, int]:
        """The host and the port that it sends to."""
        return self._parts.hostname or "", self._parts.port or _PORTS[self._parts.scheme]

    def forward(self, headers: Iterable[tuple[str, str]], body: bytes) -> Forwarded:
        """POST a body with the headers that came with it, and return what came back, or why nothing did."""
        began = time.monotonic()
        try:
            response = self._exchange(headers, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            status, words = self._explained(error)
            return Forwarded(Response(status), f"not forwarded: {words}, so {int(status)}")
        return Forwarded(response, f"forwarded: {int(response.status)} in {time.monotonic() - began:.2f} s")

    def _exchange(self, headers: Iterable[tuple[str, str]], body: bytes) -> Response:
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(*self.address, timeout=self._timeout_seconds)
        cut = _Cut()
        target = f"{self._parts.path or '/'}{'?' if self._parts.query else ''}{self._parts.query}"
        try:
            connection.connect()
            cut.after(self._timeout_seconds, connection.sock)
            connection.putrequest("POST", target, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", self._parts.netloc)
            has_length = False
            for name, value in headers:
                if name.lower() in _OF_A_CONNECTION or (name.lower() == _LENGTH and has_length):
                    continue
                # One length and the right one, whatever the sender claims: the program must read what was verified.
                is_length = name.lower() == _LENGTH
                has_length = has_length or is_length
                connection.putheader(name, str(len(body)) if is_length else value)
            connection.putheader("Connection", "close")
            connection.endheaders(body)
            came = connection.getresponse()
            if came.status < HTTPStatus.OK:
                raise http.client.UnknownProtocol("an interim response in the place of a final one")
            # A folded line would begin a header of its own.
            back = [(name, " ".join(value.split())) for name in _GIVEN_BACK if (value := came.headers[name])]
            response = Response(came.status, headers=tuple(back), body=came.read(_BODY_LIMIT))
            if not cut.is_over:
                return response
            # What had come by then looks like a whole response.
            raise TimeoutError
        except (OSError, http.client.HTTPException, ValueError):
            if cut.is_over:
                raise TimeoutError from None
            raise
        finally:
            cut.cancel()
            connection.close()

    def _explained(self, error: Exception) -> tuple[HTTPStatus, str]:
        host, port = self.address
        where = f"{host}:{port}"
        if isinstance(error, TimeoutError):
            return HTTPStatus.GATEWAY_TIMEOUT, f"{where} did not respond within {self._timeout_seconds:g} s"
        if isinstance(error, ConnectionRefusedError):
            words = f"nothing listens at {where}; start your program, or give another URL"
        elif isinstance(error, socket.gaierror):
            words = f"there is no host {host}"
        elif isinstance(error, ssl.SSLCertVerificationError):
            words = f"the certificate of {where} does not hold: {error.verify_message}"
        elif isinstance(error, ssl.SSLError):
            words = f"{where} does not speak TLS as it should; is it an http URL?"
        elif isinstance(error, http.client.RemoteDisconnected | ConnectionError):
            words = f"{where} closed the connection without a response"
        elif isinstance(error, ValueError):
            words = "a header of it cannot be sent on"
        elif isinstance(error, http.client.HTTPException):
            words = f"what {where} responded is no HTTP"
        else:
            words = f"{where} can't be reached: {getattr(error, 'strerror', None) or type(error).__name__}"
        return HTTPStatus.BAD_GATEWAY, words


class _Cut:
    """Ends a connection after a time, whatever comes on it: the timeout of a socket begins anew with each byte."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None
        self.is_over = False

    def after(self, seconds: float, sock: socket.socket) -> None:
        """Begin to count."""
        self._timer = threading.Timer(seconds, self._end, (sock,))
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        """Count no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _end(self, sock: socket.socket) -> None:
        self.is_over = True
        with suppress(OSError):
            # Below TLS: that of an SSLSocket takes its TLS away from the thread that reads.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _read(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        known = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or not url.isascii() or any(each.isspace() or not each.isprintable() for each in url):
        raise ValueError("must be an http or https URL in ASCII, such as http://127.0.0.1:5000/completions")
    if "@" in parts.netloc:
        raise ValueError("must not hold a name or a password")
    return parts
