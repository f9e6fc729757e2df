"""How soon deliveries go on after a server's return, with the default settings. A measurement, not a test.

python -m tests.chaos.recovery_measured [--away 13] [--only "broker emptied"]

Two workers, 40 companies, and an LMS that publishes all the time, also while the server is away. Of the events that
were accepted or refused before the return, the first and the last delivery count from there.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lessonhook.producer import PublishFailed
from tests.chaos.kill_nine import default_settings
from tests.chaos.scene import Scene, open_scene
from tests.support.endpoints.exchange import Response
from tests.support.servers.rabbitmq import RabbitMQ, why_no_rabbitmq
from tests.support.servers.server import Server

_COMPANIES: Final = 40
_WORKERS: Final = 2
_EVENTS_PER_SECOND: Final = 40
_BEFORE_SECONDS: Final = 3.0
_AFTER_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Outage:
    """Where the ledger and the broker are, and what happens to one of them."""

    ledger_url: str
    broker_url: str | None
    begin: Callable[[], None]
    end: Callable[[], None]


@contextmanager
def _one_redis(*, frozen: bool = False) -> Iterator[Outage]:
    with Server(append_only=True) as server:
        if frozen:
            yield Outage(server.url, None, server.stop, server.cont)
        else:
            yield Outage(server.url, None, server.kill, server.restart)


@contextmanager
def _ledger_apart() -> Iterator[Outage]:
    with Server(append_only=True) as ledger, Server() as broker:
        yield Outage(ledger.url, broker.url, ledger.kill, ledger.restart)


@contextmanager
def _broker_emptied() -> Iterator[Outage]:
    with Server(append_only=True) as ledger, Server() as broker:
        yield Outage(ledger.url, broker.url, broker.kill, broker.restart)


@contextmanager
def _rabbitmq() -> Iterator[Outage]:
    with Server(append_only=True) as ledger, RabbitMQ() as broker:
        yield Outage(ledger.url, broker.url, broker.stop, broker.start)


OUTAGES: Final[dict[str, Callable[[], AbstractContextManager[Outage]]]] = {
    "one Redis killed": _one_redis,
    "one Redis frozen": lambda: _one_redis(frozen=True),
    "the ledger killed, a broker apart": _ledger_apart,
    "the broker emptied, a Redis apart": _broker_emptied,
    "RabbitMQ restarted": _rabbitmq,
}


class _Load:
    """An LMS that publishes until it is told to stop, and what was refused once more when it can."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._companies = scene.companies(_COMPANIES)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        number = 0
        while not self._over.wait(1 / _EVENTS_PER_SECOND):
            number += 1
            with suppress(PublishFailed):
                self._scene.publish(self._companies[number % _COMPANIES])

    def end(self) -> None:
        """Stop, and publish again what was refused."""
        self._over.set()
        self._thread.join()
        while self._scene.refused:
            with suppress(PublishFailed):
                self._scene.publish_again()


def measure(name: str, away_seconds: float, directory: Path) -> str:
    """Do it once, and return a row. Raises AssertionError if anything was lost."""
    with ExitStack() as stack:
        outage = stack.enter_context(OUTAGES[name]())
        settings = default_settings(outage.ledger_url).model_copy(update={"broker_url_setting": outage.broker_url})
        scene = stack.enter_context(open_scene(settings, directory))
        scene.respond(Response(delay_seconds=0.05))
        for _ in range(_WORKERS):
            scene.workers.start()
        load = _Load(scene)
        scene.wait_for_deliveries(int(_BEFORE_SECONDS * _EVENTS_PER_SECOND))
        outage.begin()
        time.sleep(away_seconds)  # the outage lasts so long
        outage.end()
        returned = time.monotonic()
        waiting = {event_id for ids in scene.published.values() for event_id in list(ids)} - set(
            scene.recorder.processed
        )
        time.sleep(_AFTER_SECONDS)  # the load goes on
        load.end()
        account = scene.account()
        arrived = scene.recorder.arrived
        after = [times[-1] - returned for times in arrived.values() if times[-1] > returned]
        of_waiting = [arrived[event_id][-1] - returned for event_id in waiting] or [0.0]
        assert account.delivered == account.published, account
        return (
            f"{name:36} {account.published:6,} published, {len(waiting):5,} waited: first {min(after):5.1f} s, "
            f"last of those {max(of_waiting):5.1f} s, all {max(after):5.1f} s; repeats {account.repeats}"
        )


def main(arguments: list[str]) -> int:
    """Read the command line, measure, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--away", type=float, default=13.0, help="seconds that the server is away")
    parser.add_argument("--only", default="", help="part of the name of what happens")
    options = parser.parse_args(arguments)
    say = sys.stdout.write
    for name in OUTAGES:
        if options.only not in name or (name.startswith("RabbitMQ") and why_no_rabbitmq()):
            continue
        with (
            tempfile.TemporaryDirectory(prefix="lessonhook-chaos-") as directory,
            Path(os.devnull).open("w", encoding="utf-8") as nowhere,
            redirect_stdout(nowhere),
        ):
            row = measure(name, options.away, Path(directory))
        say(f"{row}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
