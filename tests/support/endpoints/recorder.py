"""An endpoint's own record: every POST that came, and what it decided about it."""

import threading
from collections import Counter

from tests.support.endpoints.exchange import ACCEPTED, Post, Response, Script
from tests.support.endpoints.receiver import Receiver


class Record:
    """What an endpoint remembers. A POST counts as processed when the endpoint decides to accept it.

    Whether or not the sender lives to hear so.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bodies: dict[str, bytes] = {}
        self._arrivals: dict[str, list[float]] = {}
        self._processed: Counter[str] = Counter()
        #: The events that came with different bytes.
        self.altered: set[str] = set()

    def arrive(self, event_id: str, body: bytes, moment: float) -> None:
        """Note a POST, before it is decided about."""
        with self._lock:
            self._arrivals.setdefault(event_id, []).append(moment)
            if self._bodies.setdefault(event_id, body) != body:
                self.altered.add(event_id)

    def process(self, event_id: str) -> None:
        """Note that it is accepted."""
        with self._lock:
            self._processed[event_id] += 1

    @property
    def arrived(self) -> dict[str, list[float]]:
        """When each event's POSTs came, on `time.monotonic()`, by event id."""
        with self._lock:
            return {event_id: list(times) for event_id, times in self._arrivals.items()}

    @property
    def processed(self) -> Counter[str]:
        """How often each event was accepted, by event id."""
        with self._lock:
            return Counter(self._processed)


class Recorder(Record):
    """Responds for a receiver at any number of paths, and remembers."""

    def __init__(self, receiver: Receiver) -> None:
        super().__init__()
        self.receiver = receiver
        #: What the endpoint does with what comes next.
        self.behaviour: Script = ACCEPTED

    def listen(self, path: str) -> str:
        """Return for a path and name its URL."""
        self.receiver.respond(path, self._respond)
        return self.receiver.url(path)

    def _respond(self, post: Post) -> Response:
        event_id = post.header("webhook-id")
        self.arrive(event_id, post.body, post.arrived)
        response = self.behaviour if isinstance(self.behaviour, Response) else self.behaviour(post)
        # One that hangs or drops has decided nothing.
        if 200 <= response.status < 300 and not (response.hangs or response.drops):
            self.process(event_id)
        return response
