"""A receiver that keeps its own record, to be compared with what the ledger says."""

import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from lessonhook.console.processes import LOOPBACK
from lessonhook.console.receiver.receiver import Receiver, Response

#: The status of an endpoint that is down. It still sees each POST, and so can count the attempts.
DOWN: Final = HTTPStatus.SERVICE_UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Arrival:
    """One POST as it came in, and the status that it got."""

    #: On `time.monotonic()`, when its last byte was read.
    at: float
    subscriber: str
    event_id: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int

    @property
    def accepted(self) -> bool:
        """Whether the status was a 2xx."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class RecordingReceiver(Receiver):
    """Records every POST, and responds to each subscriber as it is told."""

    def __init__(self, port: int = 0, host: str = LOOPBACK) -> None:
        super().__init__(port, host)
        self._lock = threading.Lock()
        self._arrivals: list[Arrival] = []
        self._statuses: dict[str, HTTPStatus] = {}
        self._delays: dict[str, float] = {}

    def respond(self, subscriber: str, status: HTTPStatus, *, seconds: float = 0.0) -> None:
        """Respond to a subscriber's POSTs with `status` from now on, after `seconds`."""
        with self._lock:
            self._statuses[subscriber] = status
            self._delays[subscriber] = seconds

    def arrivals(self, subscriber: str | None = None) -> list[Arrival]:
        """Return the record, of one subscriber or of all, oldest first."""
        with self._lock:
            return [arrival for arrival in self._arrivals if subscriber in {None, arrival.subscriber}]

    def receive(self, subscriber: str, headers: Any, body: bytes) -> Response:
        """Record a POST."""
        at = time.monotonic()
        with self._lock:
            status = self._statuses.get(subscriber, HTTPStatus.OK)
            self._arrivals.append(
                Arrival(at, subscriber, headers["webhook-id"] or "", tuple(headers.items()), body, status)
            )
            return Response(status, self._delays.get(subscriber, 0.0))
