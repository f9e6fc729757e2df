"""Publishes what a plan says, in a process of its own, and writes down when and how long each `.delay()` took.

Run as `python -m bench.publisher PLAN`, a path of a JSON file; the result is written beside it.
"""

import gc
import importlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.completions import Completion, completion, dealt

if TYPE_CHECKING:
    from collections.abc import Iterable


def _publish(plan: dict[str, Any]) -> dict[str, list[float]]:
    peer = importlib.import_module(f"bench.peers.{plan['peer']}")
    if plan["subscribe"]:
        peer.subscribe(plan["subscribe"])
    names = dealt(plan["subscribers"], plan["count"])
    rate = plan["rate"]
    orders: Iterable[Completion] = (
        completion(name, f"{plan['prefix']}-{number}", number) for number, name in enumerate(names)
    )
    if not rate:
        # At a pace there is time to make each before its turn, and ten minutes of them would not fit into memory.
        orders = list(orders)
    at: list[float] = []
    took: list[float] = []
    # What was built for the measurement is not to be walked through during it.
    gc.freeze()
    start = time.monotonic()
    if plan["many"]:
        send = peer.send_past if plan["past"] else peer.send_many
        send(orders)
        return {"at": [start], "took": [time.monotonic() - start]}
    for number, order in enumerate(orders):
        if rate:
            time.sleep(max(0.0, start + number / rate - time.monotonic()))  # the pace is what is measured
        begun = time.monotonic()
        peer.send(order)
        at.append(begun)
        took.append(time.monotonic() - begun)
    return {"at": at, "took": took}


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.with_suffix(".out").write_text(json.dumps(_publish(json.loads(path.read_text()))))
