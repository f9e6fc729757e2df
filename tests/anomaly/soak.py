"""Let faults of all kinds befall one system together, for minutes, and count by the endpoints' own record.

python -m tests.anomaly.soak [--minutes 20] [--seed 1]

Prints a table, and exits with 1 if a promise was broken: an event lost or unknown, an attempt charged that no endpoint
failed, a healthy company paused, a repeat with no worker lost, a worker that ended by itself, an undocumented error.
"""

import argparse
import os
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, redirect_stdout, suppress
from pathlib import Path
from typing import Final

from lessonhook.desk import LedgerUnavailable
from tests.anomaly.soak_load import Fates, Lms
from tests.anomaly.soak_system import OPERATOR, SoakedSystem
from tests.support.people.account import Account, at_rest, draw_up
from tests.support.people.stored_fields import event_fields

#: Nothing takes so long that does not hang: held events of ten companies, and messages that were lost several times.
_REST_SECONDS: Final = 900.0
#: How a worker may end: killed, or asked to end, also before it has heard of signals.
_EXITS: Final = frozenset({-9, -15, 0})
#: The line of the log that says who was paused.
_PAUSED: Final = re.compile(r"subscriber\.paused .*\bsubscriber=(\S+)")

Published = Mapping[str, list[str]]


def charged_wrongly(system: SoakedSystem, published: Published) -> Iterator[str]:
    """Name each event that was charged with more failed attempts than its endpoint failed."""
    for company, ids in published.items():
        for event_id in ids:
            attempts = system.ledger.events.attempts(company, event_id)
            failed = [attempt for attempt in attempts if attempt.kind == "failed"]
            if len(failed) > system.failures[event_id]:
                yield f"{company} {event_id}: {failed}, and its endpoint failed {system.failures[event_id]}"


def repeated_wrongly(system: SoakedSystem, account: Account, published: Published) -> Iterator[str]:
    """Name each event that was processed again although no worker was lost with it in hand."""
    companies = {event_id: company for company, ids in published.items() for event_id in ids}
    for event_id, again in account.repeated.items():
        company = companies[event_id]
        if again > int(event_fields(system.ledger, company, event_id).get("leases_lost", 0)):
            yield f"{company} {event_id} was processed {again} times again, and no lease was lost"


def come_to_rest(system: SoakedSystem) -> None:
    """Resume whom failing endpoints have paused, until nothing is under way and nobody is paused."""
    ends = time.monotonic() + _REST_SECONDS
    states = [system.ledger.lanes.status(company) for company in system.companies]
    while not all(at_rest(state) and not state.paused for state in states):
        assert time.monotonic() < ends, f"no rest: {[state for state in states if not at_rest(state)]}"
        for state in states:
            if state.paused:
                # A busy machine may take longer than a desk waits: then at the next look.
                with suppress(LedgerUnavailable):
                    system.desk.of(state.subscriber).resume(by=OPERATOR)
        time.sleep(0.5)  # between two looks at lanes, which announce nothing to this process
        states = [system.ledger.lanes.status(company) for company in system.companies]


def soak(minutes: float, seed: int, directory: Path) -> tuple[list[str], list[str]]:
    """Do it all; return the lines of the table, and what is wrong."""
    with ExitStack() as stack:
        # The workers' logs, which a failed test shows.
        nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
        stack.enter_context(redirect_stdout(nowhere))
        system = SoakedSystem(stack, directory)
        lms, fates = Lms(system.scene, system.companies), Fates(system.struck, seed)
        publishing = threading.Thread(target=lms.run)
        began = time.monotonic()
        publishing.start()
        with fates.at_work():
            time.sleep(minutes * 60)  # the soak is this time
        lms.over.set()
        publishing.join()
        system.release()
        over = time.monotonic()
        lms.publish_the_rest()
        come_to_rest(system)
        rested = time.monotonic()
        account = draw_up(system.ledger, system.scene.recorder, lms.published)
        exits = Counter(code for supervisor in system.supervisors for code in supervisor.exits)
        paused = set(_PAUSED.findall(system.logs()))
        wrong = [
            *lms.wrong,
            *(f"refused when all was well: {event.subscriber}" for event in lms.waiting),
            *charged_wrongly(system, lms.published),
            *repeated_wrongly(system, account, lms.published),
            *(f"a worker ended with {code}, {times} times" for code, times in exits.items() if code not in _EXITS),
            *(f"{name} was paused" for name in sorted(paused & set(system.healthy))),
        ]
        lines = [
            f"{sum(fates.struck.values())} faults of {len(fates.struck)} kinds in {over - began:.0f} s, seed {seed}:",
            *(f"  {times:>4} {kind}" for kind, times in sorted(fates.struck.items())),
            f"{account.published} accepted, {account.delivered} delivered, {account.refused} refused by endpoints",
            f"{account.posts} POSTs, of which endpoints failed {system.failures.total()}; {account.repeats} repeats",
            f".delay() raised PublishFailed {lms.refusals} times; the longest call took {lms.longest_seconds:.1f} s",
            f"companies paused: {len(paused)}, of which {len(paused & set(system.healthy))} never failed",
            f"workers ended: {dict(exits)}; all at rest {rested - over:.0f} s after the last fault",
        ]
    return lines, wrong


def main() -> int:
    """Read the options, run, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.anomaly.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lessonhook-soak-") as directory:
        lines, wrong = soak(options.minutes, options.seed, Path(directory))
    sys.stdout.write("\n".join([*lines, *(f"WRONG {each}" for each in wrong), f"{len(wrong)} wrong"]) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
