"""A worker's own HTTP port as Prometheus and a supervisor see it."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House
from tests.support.processes.workers import Worker

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
#: What Prometheus gives a target by default.
SCRAPE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Page:
    """What `/metrics` said at one moment."""

    text: str
    samples: Mapping[tuple[str, frozenset[tuple[str, str]]], float]

    def value(self, name: str, **labels: str) -> float | None:
        """Return the value of one series, `lessonhook_…`, or None if it is not told."""
        return self.samples.get((f"lessonhook_{name}", frozenset(labels.items())))

    def series(self, name: str) -> dict[str, float]:
        """Return the series of a metric with one label, by that label's value."""
        return {
            value: number
            for (sample, labels), number in self.samples.items()
            if sample == f"lessonhook_{name}"
            for _, value in labels
        }


class Telemetry:
    """One worker's metrics and health."""

    def __init__(self, port: int) -> None:
        self.port = port

    def check(self, path: str) -> tuple[int, str]:
        """Ask for a path; return the status, 0 if nobody listens, and the text."""
        try:
            with _OPENER.open(f"http://{LOOPBACK}:{self.port}{path}", timeout=SCRAPE_SECONDS) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()
        except OSError:
            return 0, ""

    def page(self) -> Page:
        """Scrape."""
        status, text = self.check("/metrics")
        assert status == 200, f"/metrics responded {status}"
        families = text_string_to_metric_families(text)
        return Page(
            text,
            {
                (sample.name, frozenset(sample.labels.items())): sample.value
                for family in families
                for sample in family.samples
            },
        )

    def wait_for(self, name: str, wanted: float | None, **labels: str) -> Page:
        """Scrape until a series has a value; return that page."""

        def seen() -> list[Page]:
            page = self.page()
            return [page] if page.value(name, **labels) == wanted else []

        [page] = wait_until(seen, PATIENCE_SECONDS, lambda: f"{name} {labels} = {wanted}; {self._lines(name)}")
        return page

    def wait_check(self, path: str, status: int) -> str:
        """Ask for a path until it responds with a status; return the text."""
        wait_until(
            lambda: self.check(path)[0] == status,
            PATIENCE_SECONDS,
            lambda: f"{status} of {path}; it responds {self.check(path)}",
        )
        return self.check(path)[1]

    def _lines(self, name: str) -> str:
        return "; ".join(line for line in self.page().text.splitlines() if line.startswith(f"lessonhook_{name}"))


def start_observed(house: House, **start: Any) -> tuple[Worker, Telemetry]:
    """Start a worker that serves its metrics on the loopback; `start` is what `Workers.start` takes."""
    port = start.pop("port", None) or free_port()
    given = start.pop("settings", house.settings)
    observed = given.model_copy(update={"metrics_port": port, "metrics_address": LOOPBACK})
    return house.workers.start(settings=observed, **start), Telemetry(port)
