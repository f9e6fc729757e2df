"""`python -m tests.fuzz.responses --seconds 3600`: search for the response that costs a worker the most.

Half of the endpoints speak plain TCP, a quarter TLS, and a quarter write the same bytes where a TLS handshake is
expected. The program prints the worst processor time, memory and time over the deadline, each with its case, and each
minute those until then. It ends with 1 if an attempt raised an exception, ended with a fault of our own, or cost more
than `LIMITS`. Beside the time over the deadline stands how much of it the machine explains: how long threads waited for
a processor that others had. Only what no wait explains counts against its limit.
"""

import argparse
import faulthandler
import gc
import os
import sys
import tempfile
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from lessonhook.config import Settings
from lessonhook.ledger import Reason
from lessonhook.worker.client import Client
from tests.fuzz.processor_wait import waited_seconds
from tests.fuzz.response_inputs import Response, random_response
from tests.support.endpoints.certificates import Authority
from tests.support.endpoints.posting import LOOPBACK, post
from tests.support.endpoints.raw_endpoints import Endpoint, Peer

DEADLINE_SECONDS: Final = 1.0
_WAYS: Final = ("TCP", "TCP", "TLS", "no TLS")
#: What one response may cost, in seconds and bytes. The searches so far found a tenth of it; the endpoint's threads and
#: `tracemalloc`, which count with it, cost more on some machines than on others.
LIMITS: Final = {"processor_seconds": 0.2, "memory_bytes": 8 * 1024 * 1024, "unexplained_seconds": 0.5}
#: An attempt that takes this long hangs: the program shows where each thread is, and ends with 1.
_HANGS_SECONDS: Final = 120.0
_REPORT_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Attempt:
    """What one response cost, and how the attempt ended."""

    way: str
    response: Response
    processor_seconds: float
    memory_bytes: int
    late_seconds: float
    #: How long threads waited for a processor meanwhile, all waits added up; None where the system does not count.
    waited_seconds: float | None
    outcome: str
    is_fault: bool

    @property
    def unexplained_seconds(self) -> float:
        """Return the time over the deadline that no wait for a processor explains."""
        return self.late_seconds - (self.waited_seconds or 0.0)

    @property
    def is_too_much(self) -> bool:
        """Return whether it is a fault of ours or cost more than a limit."""
        return self.is_fault or any(getattr(self, name) > limit for name, limit in LIMITS.items())

    def __str__(self) -> str:
        """Return the case and its outcome."""
        return f"{self.way}: {self.response}  ->  {self.outcome[:80]}"


def attempt(client: Client, authority: Authority, way: str, response: Response) -> Attempt:
    """Let an endpoint respond so, and measure the POST. The endpoint's own threads are measured with it."""

    def behave(peer: Peer) -> None:
        if way != "no TLS":
            peer.read_request()
        for piece in response.pieces:
            peer.send(piece)
            if response.pause_seconds and peer.stopping.wait(response.pause_seconds):
                return
        if not response.closes:
            peer.hang()

    context = authority.server_context("127.0.0.1") if way == "TLS" else None
    with Endpoint(behave, context=context) as endpoint:
        url = endpoint.url() if way != "no TLS" else endpoint.url().replace("http://", "https://")
        tracemalloc.reset_peak()
        waited_before = waited_seconds()
        memory, processor, started = tracemalloc.get_traced_memory()[0], time.process_time(), time.monotonic()
        outcome = post(client, url, deadline_seconds=DEADLINE_SECONDS)
        late = time.monotonic() - started - DEADLINE_SECONDS
        processor = time.process_time() - processor
        waited_after = waited_seconds()
        memory = tracemalloc.get_traced_memory()[1] - memory
    waited = None if waited_before is None or waited_after is None else max(0.0, waited_after - waited_before)
    is_fault = outcome.reason is Reason.CRASH
    return Attempt(way, response, processor, memory, late, waited, str(outcome), is_fault)


class Worst:
    """The attempts that are the worst in something."""

    #: What is kept, and its title in the report.
    TITLES: Final = {
        "processor_seconds": "processor time",
        "memory_bytes": "memory",
        "late_seconds": "time over the deadline",
        "unexplained_seconds": "time over the deadline that no wait for a processor explains",
        "is_too_much": "beyond a limit",
    }

    def __init__(self) -> None:
        self.tried = 0
        self._kept: dict[str, Attempt] = {}

    def add(self, made: Attempt) -> None:
        """Keep the attempt if it is worse in something than all before."""
        self.tried += 1
        for name in self.TITLES:
            if name not in self._kept or getattr(made, name) > getattr(self._kept[name], name):
                self._kept[name] = made

    @property
    def is_too_much(self) -> bool:
        """Return whether an attempt was a fault of ours or cost more than a limit."""
        return any(each.is_too_much for each in self._kept.values())

    def __str__(self) -> str:
        """Return the worst of each kind, with its case."""
        lines = [f"{self.tried} responses"]
        for name, title in self.TITLES.items():
            made = self._kept[name]
            waited = "" if made.waited_seconds is None else f", threads waited {made.waited_seconds:,.4f} s"
            if name != "is_too_much" or made.is_too_much:
                lines.append(f"{title}: {getattr(made, name):,.4f}{waited}\n    {made}")
        return "\n".join(lines) + "\n"


def search(seed: int, *, seconds: float = float("inf"), cases: float = float("inf")) -> Worst:
    """Try responses until the time or the number of cases is used up; keep those that are the worst in something."""
    random = Random(seed)
    ends = time.monotonic() + seconds
    next_report = time.monotonic() + _REPORT_SECONDS
    worst = Worst()
    with tempfile.TemporaryDirectory(prefix="lessonhook-fuzz-") as folder:
        authority = Authority(Path(folder))
        os.environ["SSL_CERT_FILE"] = str(authority.certificate_file)
        tracemalloc.start()
        try:
            with Client(Settings(allowed_private_networks=LOOPBACK)) as client:
                while worst.tried < cases and time.monotonic() < ends:
                    faulthandler.dump_traceback_later(_HANGS_SECONDS, exit=True)
                    worst.add(attempt(client, authority, random.choice(_WAYS), random_response(random)))
                    gc.collect(0)
                    if time.monotonic() > next_report:
                        sys.stdout.write(f"{worst}\n")
                        sys.stdout.flush()
                        next_report += _REPORT_SECONDS
        finally:
            faulthandler.cancel_dump_traceback_later()
            tracemalloc.stop()
            del os.environ["SSL_CERT_FILE"]
    return worst


def main() -> int:
    """Read the options, search, and print the worst."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.responses", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    worst = search(options.seed, seconds=options.seconds)
    sys.stdout.write(f"seed {options.seed}, {worst}")
    return 1 if worst.is_too_much else 0


if __name__ == "__main__":
    sys.exit(main())
