"""Kills workers with SIGKILL, again and again, under load and with the default settings, and counts what that did.

python -m tests.chaos.kill_nine [--kills 50] [--markdown FILE]

Prints a table, and exits with 1 if a promise was broken. Takes some three minutes.
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lessonhook.config import Settings
from lessonhook.console.processes import TookTooLong, wait_until
from tests.chaos.kill_nine_report import Figures, print_table, write_markdown
from tests.chaos.scene import ALLOWANCE_SECONDS, Scene, open_scene
from tests.chaos.supervisor import Supervisor, supervised
from tests.support.endpoints.exchange import Response
from tests.support.people.account import at_rest, draw_up
from tests.support.people.stored_fields import event_fields
from tests.support.servers.server import Server

WORKERS: Final = 3
COMPANIES: Final = 40
EVENTS_PER_SECOND: Final = 120
#: As an endpoint on the internet: long enough for much to be in flight at each moment.
RESPONSE_SECONDS: Final = 0.1
#: After a worker has come up and taken work, and before it is killed.
_BETWEEN_KILLS_SECONDS: Final = (0.2, 1.5)
_START_SECONDS: Final = 60.0


class Load:
    """Publishes at an even pace, in a thread of its own, until it is told to stop."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._companies = scene.companies(COMPANIES)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load")
        self.error: BaseException | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Publish while the block runs; raise what `.delay()` raised."""
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()
        if self.error:
            raise self.error

    def _run(self) -> None:
        number = 0
        try:
            while not self._over.wait(1 / EVENTS_PER_SECOND):
                self._scene.publish(self._companies[number % COMPANIES])
                number += 1
        except Exception as error:  # noqa: BLE001 - raised again by `running`
            self.error = error


def default_settings(redis_url: str) -> Settings:
    """Return what an operator has who has set nothing; only the loopback is open."""
    return Settings(redis_url=redis_url, allowed_private_networks=(ip_network("127.0.0.0/8"),))


def kill_again_and_again(scene: Scene, supervisors: list[Supervisor], kills: int, progress: Progress) -> float:
    """Kill one worker after the other, each of them at work; return when the last one was killed."""
    chance = random.Random(9)
    task = progress.add_task("kill -9", total=kills)
    last = 0.0
    for _ in range(kills):
        supervisor = chance.choice(supervisors)
        wait_until(partial(getattr, supervisor, "ready"), _START_SECONDS, "a worker that is ready")
        scene.wait_for_deliveries(scene.total("delivered") + 1)
        # The kill comes at a random moment of the work, which no condition describes.
        time.sleep(chance.uniform(*_BETWEEN_KILLS_SECONDS))
        supervisor.kill()
        last = time.monotonic()
        progress.advance(task)
    return last


def measure(kills: int, directory: Path, console: Console) -> Figures:
    """Do it all, and return the figures. Raises AssertionError if anything was lost."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with ExitStack() as stack:
        server = stack.enter_context(Server(append_only=True))
        settings = default_settings(server.url)
        scene = stack.enter_context(open_scene(settings, directory))
        scene.respond(Response(delay_seconds=RESPONSE_SECONDS))
        workers = [scene.workers.start(ready=False) for _ in range(WORKERS)]
        supervisors = [stack.enter_context(supervised(worker)) for worker in workers]
        progress = stack.enter_context(Progress(*columns, console=console))
        began = time.monotonic()
        with Load(scene).running():
            last_kill = kill_again_and_again(scene, supervisors, kills, progress)
        bound = settings.lease_seconds + settings.sweep_interval_seconds + ALLOWANCE_SECONDS
        waiting = progress.add_task("the rest", total=scene.total("recorded"))

        def all_at_rest() -> bool:
            rest = all(at_rest(scene.status(name)) for name in scene.published)
            progress.update(waiting, completed=scene.total("delivered"))
            return rest

        wait_until(all_at_rest, 2 * bound + 60, "rest")
        account = draw_up(scene.ledger, scene.recorder, scene.published)
        leases_lost = {
            event_id: int(event_fields(scene.ledger, name, event_id).get("leases_lost", 0))
            for name, ids in scene.published.items()
            for event_id in ids
        }
        return Figures.of(
            account=account,
            kills=sum(len(supervisor.exits) for supervisor in supervisors),
            seconds=last_kill - began,
            leases_lost=leases_lost,
            last_arrival=max(times[-1] for times in scene.recorder.arrived.values()) - last_kill,
            bound=bound,
            settings=settings,
        )


def main(arguments: list[str]) -> int:
    """Read the command line, measure, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50, help="how many workers to kill (default: 50)")
    parser.add_argument("--markdown", type=Path, help="also write the table to this file")
    options = parser.parse_args(arguments)
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 120)
    with (
        tempfile.TemporaryDirectory(prefix="lessonhook-chaos-") as directory,
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
    ):
        try:
            # The workers' logs, which a failed test shows.
            with redirect_stdout(nowhere):
                figures = measure(options.kills, Path(directory), console)
        except (AssertionError, TookTooLong) as error:
            console.print(f"[bold red]Broken:[/] {error}", markup=True)
            return 1
    print_table(figures, console)
    if options.markdown:
        write_markdown(figures, options.markdown)
    return 0 if figures.kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
