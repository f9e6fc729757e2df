"""What a receiver records of a POST, and what a test makes it respond."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True, slots=True)
class Post:
    """One request as it arrived; nothing of it is decoded but the lines' Latin-1."""

    #: 0 for the first request that this receiver saw.
    order: int
    #: On `time.monotonic()`, when its last byte was read.
    arrived: float
    method: str
    #: The request's target, verbatim, query included.
    target: str
    #: In the order and the case in which they came.
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def values(self, name: str) -> list[str]:
        """Return each value of a header, whatever the case of its name; `[]` if it was not sent."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str:
        """Return the value of a header that must have come exactly once; raise AssertionError otherwise."""
        values = self.values(name)
        assert len(values) == 1, f"{name} came {len(values)} times"
        return values[0]

    def json(self) -> Any:
        """Return the body, decoded."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """What comes back for one POST."""

    status: int = HTTPStatus.OK
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    #: How long the endpoint takes; a client that goes away earlier is noticed.
    delay_seconds: float = 0.0
    #: Wait for `Receiver.release`, then respond.
    hangs: bool = False
    #: Close the connection in place of a response.
    drops: bool = False

    def encode(self) -> bytes:
        """Return the bytes to send."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{name}: {value}" for name, value in self.headers)]
        if self.status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


#: A fixed response, or one that depends on what came.
Script = Response | Callable[[Post], Response]
ACCEPTED = Response()
FAILED = Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
HANGS = Response(hangs=True)
DROPS = Response(drops=True)
