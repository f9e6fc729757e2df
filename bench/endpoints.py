"""The receiver as the benchmark's own process sees it: started, told how to behave, asked what arrived."""

import http.client
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.process import Process, python
from lessonhook.console.processes import LOOPBACK, free_port, wait_until

_START_SECONDS: Final = 20.0


class Endpoints(Process):
    """The receiver's process."""

    def __init__(self, directory: Path) -> None:
        self.port, self.tls_port = free_port(), free_port()
        ports = str(self.port), str(self.tls_port)
        #: What signed the certificate of the endpoints by TLS.
        self.authority = directory / "authority.pem"
        super().__init__("receiver", python("bench.receiver", *ports, str(directory)), {}, directory)
        wait_until(self._responds, _START_SECONDS, "the receiver")

    @property
    def url(self) -> str:
        """What a company's URL begins with."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def tls_url(self) -> str:
        """The same by TLS."""
        return f"https://{LOOPBACK}:{self.tls_port}"

    def reset(self) -> None:
        """Forget what arrived and accept everything again."""
        self._ask("reset")

    def behave(
        self, *, hanging: Sequence[str] = (), down: Sequence[str] = (), slow: Mapping[str, float] | None = None
    ) -> None:
        """Let these never respond, these respond with an error, and these accept after so many seconds."""
        self._ask("behave", {"hanging": list(hanging), "down": list(down), "slow": dict(slow or {})})

    def count(self) -> int:
        """Return how many POSTs arrived."""
        return int(self._ask("count")["count"])

    def times(self) -> list[float]:
        """Return when each POST arrived, on the monotonic clock that all processes of this machine share."""
        return list(self._ask("arrivals")["times"])

    def first_arrivals(self) -> dict[str, float]:
        """Return when each event arrived for the first time."""
        found = self._ask("arrivals")
        first: dict[str, float] = {}
        for event_id, at in zip(found["ids"], found["times"], strict=True):
            first.setdefault(event_id, at)
        return first

    def facts(self) -> dict[str, Any]:
        """Return `connections` accepted, `posts_to_failing` by company, and the receiver's own `cpu_seconds`."""
        return self._ask("facts")

    def _ask(self, command: str, body: object = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        try:
            connection.request("GET", f"/-/{command}", json.dumps(body).encode())
            report: dict[str, Any] = json.loads(connection.getresponse().read())
            return report
        finally:
            connection.close()

    def _responds(self) -> bool:
        self.check()
        try:
            self._ask("count")
        except OSError:
            return False
        return True
