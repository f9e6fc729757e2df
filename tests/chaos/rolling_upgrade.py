"""Rehearses an upgrade: workers and LMSs of a former release beside those of this one, on one Redis, under traffic.

python -m tests.chaos.rolling_upgrade --former COMMIT [--events 400]

Each phase goes on until so many events were delivered in it. Prints a line for each, and ends with 1 if an event was
lost, repeated, charged to its company, or if a process ended or logged a traceback.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from lessonhook.console.processes import TookTooLong, wait_until
from tests.chaos.kill_nine import default_settings
from tests.chaos.scene import Scene, open_scene
from tests.support.endpoints.exchange import Post, Response
from tests.support.environment import environment_of
from tests.support.people.account import at_rest, draw_up
from tests.support.rooms import ROOT
from tests.support.servers.server import Server

if TYPE_CHECKING:
    from tests.support.processes.workers import Worker

COMPANIES: Final = 20
#: Of each LMS, of which there are two.
EVENTS_PER_SECOND: Final = 40.0
_RETRY_SECONDS: Final = 2.0
_REST_SECONDS: Final = 180.0
FORMER: Final = "former"
PRESENT: Final = "present"


class Phase(NamedTuple):
    """Who runs at one time: releases, by name."""

    lms: tuple[str, ...]
    workers: tuple[str, ...]


#: There and back and there again: an operator may have to take a release back.
PHASES: Final = (
    Phase(lms=(FORMER,), workers=(FORMER, FORMER)),
    Phase(lms=(FORMER,), workers=(FORMER, PRESENT)),
    Phase(lms=(FORMER,), workers=(PRESENT, PRESENT)),
    Phase(lms=(FORMER, PRESENT), workers=(PRESENT, PRESENT)),
    Phase(lms=(PRESENT,), workers=(PRESENT, FORMER)),
    Phase(lms=(PRESENT,), workers=(FORMER, FORMER)),
    Phase(lms=(FORMER, PRESENT), workers=(FORMER, PRESENT)),
    Phase(lms=(PRESENT,), workers=(PRESENT, PRESENT)),
)


class Publishing:
    """An LMS of one release, in a process of its own."""

    def __init__(self, release: str, learner: str, companies: list[str], environment: Mapping[str, str]) -> None:
        script = Path(__file__).with_name("publishing_until_told.py")
        self.release = release
        self.ids: list[tuple[str, str]] = []
        self._process = subprocess.Popen(
            [sys.executable, str(script), ",".join(companies), learner, str(EVENTS_PER_SECOND)],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            subscriber, event_id = line.split()
            self.ids.append((subscriber, event_id))

    def end(self) -> int:
        """End it, and return its exit code when all that it printed is read."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._thread.join()
        return self._process.wait()


class Rehearsal:
    """The system, and who runs in it at the moment."""

    def __init__(self, scene: Scene, former: Path) -> None:
        self.scene = scene
        self.companies = scene.companies(COMPANIES)
        self.wrong: list[str] = []
        self.published: Counter[str] = Counter()
        self._environments = {FORMER: {"PYTHONPATH": os.pathsep.join(_rooms(former))}, PRESENT: {}}
        self._lms: list[Publishing] = []
        self._workers: list[tuple[str, Worker]] = []
        #: Of each worker that was ever started, by its name.
        self._releases: dict[str, str] = {}
        self._starts = 0

    def play(self, phase: Phase, events: int) -> str:
        """Change who runs, one process after the other, and wait for so many deliveries; return how it went."""
        began = time.monotonic()
        before = self.scene.total("delivered")
        self._change_workers(phase.workers)
        self._change_lms(phase.lms)
        self.scene.wait_for_deliveries(self.scene.total("delivered") + events)
        delivered = self.scene.total("delivered") - before
        who = f"LMS {' and '.join(phase.lms):18} workers {' and '.join(phase.workers):20}"
        return f"{who} {delivered:6,} delivered in {time.monotonic() - began:5.1f} s"

    def _change_workers(self, wanted: tuple[str, ...]) -> None:
        missing = Counter(wanted) - Counter(release for release, _ in self._workers)
        surplus = Counter(release for release, _ in self._workers) - Counter(wanted)
        for release in missing.elements():
            # The new one first, then the old one ends, as in a rolling upgrade.
            worker = self.scene.workers.start(env=self._environments[release])
            self._workers.append((release, worker))
            self._releases[worker.name] = release
        for each in surplus.elements():
            leaving = next(entry for entry in self._workers if entry[0] == each)
            self._workers.remove(leaving)
            leaving[1].terminate()
            if code := leaving[1].wait():
                self.wrong.append(f"a worker of the {each} release ended with {code}")

    def _change_lms(self, wanted: tuple[str, ...]) -> None:
        for lms in [each for each in self._lms if each.release not in wanted]:
            self._end(lms)
        for release in wanted:
            if release not in {each.release for each in self._lms}:
                self._starts += 1
                environment = environment_of(self.scene.settings) | self._environments[release]
                self._lms.append(Publishing(release, f"learner-{self._starts}", self.companies, environment))

    def _end(self, lms: Publishing) -> None:
        self._lms.remove(lms)
        if code := lms.end():
            self.wrong.append(f"the LMS of the {lms.release} release ended with {code}")
        self.published[lms.release] += len(lms.ids)
        for subscriber, event_id in lms.ids:
            self.scene.published[subscriber].append(event_id)

    def finish(self, failed: Mapping[str, int]) -> list[str]:
        """End the LMSs, wait for rest, and return the account; what is wrong is in `wrong`."""
        for lms in list(self._lms):
            self._end(lms)
        scene = self.scene
        wait_until(lambda: all(at_rest(scene.status(name)) for name in self.companies), _REST_SECONDS, "rest")
        account = draw_up(scene.ledger, scene.recorder, scene.published)
        charged = self._charged(failed)
        paused = sum(scene.status(name).paused is not None for name in self.companies)
        tracebacks = sum("Traceback" in worker.logs() for worker in scene.workers.started)
        found = {
            "not delivered": account.published - account.delivered,
            "delivered twice": account.repeats,
            "failed attempts that the endpoint does not know": len(charged),
            "paused": paused,
            "workers that logged a traceback": tracebacks,
        }
        self.wrong += [f"{what}: {count}" for what, count in found.items() if count] + charged
        by_release = ", ".join(f"{count:,} by the {release} release" for release, count in self.published.items())
        lines = [f"published: {account.published:,} ({by_release}); failed once: {len(failed):,}"]
        return lines + [f"{what}: {count}" for what, count in found.items()]

    def _charged(self, failed: Mapping[str, int]) -> list[str]:
        """Return what each event was charged with that its endpoint did not respond, and by whose worker.

        A former release logs an attempt twice if Redis' reply to it is lost: that is one attempt.
        """
        charged = []
        for subscriber, ids in self.scene.published.items():
            for event_id in ids:
                attempts = self.scene.ledger.events.attempts(subscriber, event_id)
                failures = {replace(each, at=attempts[0].at) for each in attempts if each.kind != "accepted"}
                if len(failures) > failed.get(event_id, 0):
                    words = [f"{each} (by the {self._releases[each.worker]} release)" for each in failures]
                    charged.append(f"{event_id}: {'; '.join(words)}")
        return charged


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """Yield a directory that has the files of a commit."""
    with tempfile.TemporaryDirectory(prefix="lessonhook-former-") as directory:
        archive = Path(directory) / "files.tar"
        with archive.open("wb") as file:
            subprocess.run(["git", "archive", commit], stdout=file, cwd=ROOT, check=True)  # noqa: S607  # whose git is the developer's choice
        with tarfile.open(archive) as files:
            files.extractall(directory, filter="data")
        yield Path(directory)


def _rooms(checkout: Path) -> list[str]:
    return sorted(str(each.parent) for each in checkout.glob("*/lessonhook"))


def main(arguments: list[str]) -> int:
    """Read the command line, rehearse, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--former", required=True, help="the commit or tag of the former release")
    parser.add_argument("--events", type=int, default=400, help="how many deliveries each phase waits for")
    options = parser.parse_args(arguments)
    failed: Counter[str] = Counter()
    lock = threading.Lock()

    def fail_some_once(post: Post) -> Response:
        """Fail the first POST of each tenth event."""
        event_id = post.header("webhook-id")
        with lock:
            if int(event_id[:2], 16) % 10 == 0 and not failed[event_id]:
                failed[event_id] += 1
                return Response(status=503)
        return Response(delay_seconds=0.05)

    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lessonhook-chaos-")))
        nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
        former = stack.enter_context(checked_out(options.former))
        server = stack.enter_context(Server(append_only=True))
        settings = default_settings(server.url).model_copy(update={"retry_delay_seconds": _RETRY_SECONDS})
        say = sys.stdout.write
        with redirect_stdout(nowhere), open_scene(settings, directory) as scene:
            scene.respond(fail_some_once)
            rehearsal = Rehearsal(scene, former)
            try:
                for phase in PHASES:
                    say(rehearsal.play(phase, options.events) + "\n")
                lines = rehearsal.finish(dict(failed))
            except (AssertionError, TookTooLong) as error:
                lines = []
                rehearsal.wrong.append(str(error))
    say("\n".join([*lines, *(f"WRONG: {wrong}" for wrong in rehearsal.wrong)]) + "\n")
    return 1 if rehearsal.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
