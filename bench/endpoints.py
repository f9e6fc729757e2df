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
        self.port = free_port()
        super().__init__("receiver", python("bench.receiver", str(self.port)), {}, directory)
        wait_until(self._answers, _START_SECONDS, "the receiver")

    @property
    def url(self) -> str:
        """What a company's URL begins with."""
        return f"http://{LOOPBACK}:{self.port}"

    def reset(self) -> None:
        """Forget what arrived and accept everything again."""
        self._ask("reset")

    def behave(
        self, *, hanging: Sequence[str] = (), down: Sequence[str] = (), slow: Mapping[str, float] | None = None
    ) -> None:
        """Let these never answer, these answer with an error, and these accept after so many seconds."""
        self._ask("behave", {"hanging": list(hanging), "down": list(down), "slow": dict(slow or {})})

    def count(self) -> int:
        """Answer how many POSTs arrived."""
        return int(self._ask("count")["count"])

    def times(self) -> list[float]:
        """Answer when each POST arrived, on the monotonic clock that all processes of this machine share."""
        return list(self._ask("arrivals")["times"])

    def first_arrivals(self) -> dict[str, float]:
        """Answer when each event arrived for the first time."""
        found = self._ask("arrivals")
        first: dict[str, float] = {}
        for event_id, at in zip(found["ids"], found["times"], strict=True):
            first.setdefault(event_id, at)
        return first

    def facts(self) -> dict[str, Any]:
        """Answer `connections` accepted, `posts_to_failing` by company, and the receiver's own `cpu_seconds`."""
        return self._ask("facts")

    def _ask(self, command: str, body: object = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        try:
            connection.request("GET", f"/-/{command}", json.dumps(body).encode())
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
            return answer
        finally:
            connection.close()

    def _answers(self) -> bool:
        self.check()
        try:
            self._ask("count")
        except OSError:
            return False
        return True
