"""`python -m bench`: measure, print the tables, and write `docs/benchmark.md` with its plots."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace

from bench import machine, store, trying
from bench.report import DOCUMENT, write_report
from bench.say import say
from bench.scenarios import LONG, SCENARIOS
from bench.sizes import Sizes


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: a smoke test, its figures mean nothing")
    parser.add_argument("--only", help=f"scenarios, of {', '.join(SCENARIOS)}")
    parser.add_argument("--long", action="store_true", help="also what takes more than ten minutes")
    parser.add_argument("--runs", type=int, help="runs that medians are taken over")
    parser.add_argument("--report", action="store_true", help="measure nothing: write the report of what was kept")
    found = parser.parse_args(words)
    found.only = found.only or ",".join(name for name in SCENARIOS if found.long or name not in LONG)
    unknown = set(found.only.split(",")) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    return found


def main(words: Sequence[str]) -> int:
    """Run what is asked for; return 1 if a scenario failed, after the others have run."""
    arguments = _arguments(words)
    sizes = Sizes.quick() if arguments.quick else Sizes()
    if arguments.runs:
        sizes = replace(sizes, runs=arguments.runs, timed_runs=arguments.runs, short_runs=arguments.runs)
    failed = [] if arguments.report else _measure(arguments.only.split(","), sizes, quick=arguments.quick)
    # Figures of small sizes must not take the place of real ones in the documentation.
    folder = store.FOLDER if arguments.quick else DOCUMENT.parent
    sys.stdout.write(write_report(folder))
    if failed := [*failed, *trying.failed]:
        say(f"failed: {'; '.join(failed)}")
    return int(bool(failed))


def _measure(scenarios: Sequence[str], sizes: Sizes, *, quick: bool) -> list[str]:
    failed = []
    for name in scenarios:
        facts = {"machine": machine.describe(), "sizes": asdict(sizes), "quick": quick}
        records = []
        try:
            for record in SCENARIOS[name](sizes):
                records.append(record)
                # Kept as they come, so that what was measured survives what fails later.
                store.save(name, records, facts)
        except Exception as error:  # noqa: BLE001 - one scenario's end must not be the others'
            say(f"{name} failed: {type(error).__name__}: {error}")
            failed.append(name)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
