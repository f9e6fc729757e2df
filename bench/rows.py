"""The rows of the tables: what is measured side by side, and how a worker of each is started."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final


def _celery(module: str) -> Callable[[int, bool], list[str]]:
    def command(slots: int, events: bool) -> list[str]:
        options = ["--pool", "threads", "--concurrency", str(slots), "--without-gossip", "--without-mingle"]
        return [sys.executable, "-m", "celery", "-A", module, "worker", *options, *(["-E"] if events else [])]

    return command


def _dramatiq(slots: int, events: bool) -> list[str]:
    del events
    module = "bench.peers.dramatiq_actor"
    return [sys.executable, "-m", "dramatiq", module, "--processes", "1", "--threads", str(slots)]


def _itself(slots: int, events: bool, *, python: str = sys.executable) -> list[str]:
    # Both come from its settings.
    del slots, events
    return [python, "-m", "celery", "-A", "lessonhook.worker", "worker"]


@dataclass(frozen=True, slots=True)
class Row:
    """One contender."""

    name: str
    title: str
    #: The module under `bench.peers` that publishes.
    peer: str
    #: Returns the worker's command line for so many slots, with task events or without.
    command: Callable[[int, bool], list[str]]
    environment: dict[str, str] = field(default_factory=dict)
    #: Whether it POSTs; if not, it writes down by itself how long it took.
    posts: bool = True


LESSONHOOK: Final = Row("lessonhook", "lessonhook", "itself", _itself)
PLAIN: Final = Row("plain", "plain Celery task: `requests.post`, `self.retry`", "plain", _celery("bench.peers.plain"))
SESSION: Final = Row("session", "the same with a kept session", "kept_session", _celery("bench.peers.kept_session"))
DJANGO: Final = Row("django", "django-webhook", "django_webhooks", _celery("bench.peers.django_webhooks"))
DRAMATIQ: Final = Row("dramatiq", "Dramatiq actor: `requests.post`", "dramatiq_actor", _dramatiq)
NOTHING: Final = Row(
    "nothing", "limit: a Celery task that does nothing", "nothing", _celery("bench.peers.nothing"), posts=False
)
NOTHING_KEPT: Final = Row(
    "nothing-kept",
    "limit: the same on lessonhook's transport",
    "nothing",
    _celery("bench.peers.nothing"),
    environment={"BENCH_KEPT_CLIENT": "1"},
    posts=False,
)

#: Where `make pythons` puts an environment for each supported Python of this machine.
_PYTHONS: Final = Path(__file__).parents[1] / ".cache" / "pythons"


def _other_pythons() -> dict[str, Row]:
    """Return lessonhook's worker on each Python that `make pythons` has installed, but this one."""
    this = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = {path.parents[1].name: str(path) for path in sorted(_PYTHONS.glob("*/bin/python"))}
    return {
        version: replace(LESSONHOOK, command=partial(_itself, python=path))
        for version, path in found.items()
        if version != this
    }


OTHER_PYTHONS: Final = _other_pythons()
ROWS: Final = {row.name: row for row in (NOTHING, NOTHING_KEPT, PLAIN, SESSION, DJANGO, DRAMATIQ, LESSONHOOK)}
