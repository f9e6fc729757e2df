"""`python -m tests.fuzz.responses --seconds 3600`: search for the response that costs a worker the most.

Half of the endpoints speak plain TCP, a quarter TLS, and a quarter write the same bytes where a TLS handshake is
expected. The program prints the worst processor time, memory and time over the deadline, each with its case. It ends
with 1 if an attempt raised an exception, or ended with a fault of our own.
"""

import argparse
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
from tests.fuzz.response_inputs import Response, random_response
from tests.support.endpoints.certificates import Authority
from tests.support.endpoints.posting import LOOPBACK, post
from tests.support.endpoints.raw_endpoints import Endpoint, Peer

DEADLINE_SECONDS: Final = 1.0
_WAYS: Final = ("TCP", "TCP", "TLS", "no TLS")


@dataclass(frozen=True)
class Attempt:
    """What one response cost, and how the attempt ended."""

    way: str
    response: Response
    processor_seconds: float
    memory_bytes: int
    late_seconds: float
    outcome: str
    is_fault: bool

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
        memory, processor, started = tracemalloc.get_traced_memory()[0], time.process_time(), time.monotonic()
        outcome = post(client, url, deadline_seconds=DEADLINE_SECONDS)
        late = time.monotonic() - started - DEADLINE_SECONDS
        processor = time.process_time() - processor
        memory = tracemalloc.get_traced_memory()[1] - memory
    return Attempt(way, response, processor, memory, late, str(outcome), outcome.reason is Reason.CRASH)


def search(seed: int, *, seconds: float = float("inf"), cases: float = float("inf")) -> list[Attempt]:
    """Try responses until the time or the number of cases is used up; keep those that are the worst in something."""
    random = Random(seed)
    ends = time.monotonic() + seconds
    kept: dict[str, Attempt] = {}
    tried = 0
    with tempfile.TemporaryDirectory(prefix="lessonhook-fuzz-") as folder:
        authority = Authority(Path(folder))
        os.environ["SSL_CERT_FILE"] = str(authority.certificate_file)
        tracemalloc.start()
        try:
            with Client(Settings(allowed_private_networks=LOOPBACK)) as client:
                while tried < cases and time.monotonic() < ends:
                    tried += 1
                    made = attempt(client, authority, random.choice(_WAYS), random_response(random))
                    for name in ("processor_seconds", "memory_bytes", "late_seconds", "is_fault"):
                        if name not in kept or getattr(made, name) > getattr(kept[name], name):
                            kept[name] = made
                    gc.collect(0)
        finally:
            tracemalloc.stop()
            del os.environ["SSL_CERT_FILE"]
    sys.stdout.write(f"{tried} responses, seed {seed}\n")
    return list(kept.values())


def report(worst: list[Attempt]) -> int:
    """Print the worst of each kind; return 1 if one was a fault of our own."""
    for title, name in (
        ("processor time", "processor_seconds"),
        ("memory", "memory_bytes"),
        ("time over the deadline", "late_seconds"),
    ):
        each = max(worst, key=lambda made, name=name: getattr(made, name))  # type: ignore[misc]  # bound now
        sys.stdout.write(f"{title}: {getattr(each, name):,.4f}\n    {each}\n")
    faults = [each for each in worst if each.is_fault]
    for each in faults:
        sys.stdout.write(f"FAULT: {each}\n")
    return 1 if faults else 0


def main() -> int:
    """Read the options, search, and print the worst."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.responses", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    return report(search(options.seed, seconds=options.seconds))


if __name__ == "__main__":
    sys.exit(main())
