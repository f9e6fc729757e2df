"""Limits of the machine: a `requests` session in a loop, what the receiver costs, the server's rate of scripts."""

import re
import shutil
import time
from collections.abc import Iterator
from typing import Any, Final

import requests

from bench.completions import AUTHORIZATION, completion
from bench.process import Process
from bench.sizes import Sizes
from bench.stage import Stage, stage

_BENCHMARKS: Final = ("valkey-benchmark", "redis-benchmark")
_PER_SECOND: Final = re.compile(r"([\d.]+) requests per second")
_BENCHMARK_SECONDS: Final = 120.0


def measure(sizes: Sizes) -> Iterator[dict[str, Any]]:
    """Yield the rates and costs of each run."""
    for _ in range(sizes.runs):
        with stage() as parts:
            yield _loop(parts, sizes.limit_posts)
            if (rate := _script_rate(parts, sizes.limit_calls)) is not None:
                yield {"case": "limits", "row": "evalsha", "per_second": rate}


def _loop(parts: Stage, posts: int) -> dict[str, Any]:
    """POST from one thread, by one kept session, one after the other."""
    sample = completion("company-0", "event", 1)
    headers = {"Authorization": AUTHORIZATION, "webhook-id": sample.event_id}
    before = parts.endpoints.facts()["cpu_seconds"]
    with requests.Session() as session:
        begun = time.monotonic()
        for _ in range(posts):
            session.post(f"{parts.endpoints.url}/company-0", json=sample.payload, headers=headers, timeout=15)
        seconds = time.monotonic() - begun
    cost = parts.endpoints.facts()["cpu_seconds"] - before
    return {
        "case": "limits",
        "row": "session-loop",
        "per_second": posts / seconds,
        "receiver_microseconds": cost / posts * 1e6,
    }


def _script_rate(parts: Stage, calls: int) -> float | None:
    """Ask the server's own benchmark for its rate of the smallest script; None where it is not installed."""
    program = next(filter(None, map(shutil.which, _BENCHMARKS)), None)
    if program is None:
        return None
    sha = parts.server.client.script_load("return 1")
    port = parts.server.url.rpartition(":")[2].partition("/")[0]
    command = [program, "-p", port, "-n", str(calls), "-c", "50", "-q", "EVALSHA", str(sha), "0"]
    with Process("redis-benchmark", command, {}, parts.directory) as running:
        try:
            running.wait_for_success(_BENCHMARK_SECONDS)
        except RuntimeError:
            return None
        found = _PER_SECOND.findall(running.log_tail())
    return float(found[-1]) if found else None
