"""The matrix: scenarios down, faults across, and in each cell how many runs there were and how many failed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tests.anomaly.run import Result

_WIDTH = 30


def table(results: Sequence[Result], faults: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the matrix: `12` means twelve runs, `12!3` twelve runs of which three failed."""
    runs: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    rows: dict[str, None] = {}
    for result in results:
        if not result.struck:
            continue
        row = f"{result.case.scenario} ({result.case.topology})"
        rows[row] = None
        for cell in ((row, result.case.fault), (row, "all"), ("all", result.case.fault), ("all", "all")):
            runs[cell] += 1
            failed[cell] += bool(result.wrong)
    columns = [fault for fault in faults if runs["all", fault]]
    for number, fault in enumerate(columns, 1):
        yield f"{number:>3} {fault}"
    width = max((len(row) for row in rows), default=_WIDTH)
    yield f"{'':{width}} {'all':>9} " + " ".join(f"{number:>5}" for number in range(1, len(columns) + 1))
    for row in (*rows, "all"):
        cells = " ".join(f"{_cell(runs[row, fault], failed[row, fault]):>5}" for fault in columns)
        yield f"{row:{width}} {_cell(runs[row, 'all'], failed[row, 'all']):>9} {cells}"


def summary(results: Sequence[Result]) -> Iterator[str]:
    """Yield the sums, and the slowest recoveries."""
    struck = [result for result in results if result.struck]
    distinct = len({str(result.case) for result in struck})
    wrong = sum(bool(result.wrong) for result in struck)
    yield f"{len(struck)} runs, {distinct} distinct, {wrong} failures"
    yield f"{len(results) - len(struck)} more did not come to their site"
    slowest = sorted(struck, key=lambda result: -result.probe_seconds)[:5]
    for result in slowest:
        yield f"  {result.probe_seconds:5.2f} s until another company's event was delivered: {result.case}"


def failures(results: Iterable[Result]) -> Iterator[str]:
    """Yield each failure: the case, which reproduces it, and what was wrong."""
    for result in results:
        if result.struck and result.wrong:
            yield f"FAILED {result.case}"
            yield from (f"       {wrong}" for wrong in result.wrong)


def _cell(runs: int, failed: int) -> str:
    if not runs:
        return "."
    return f"{runs}!{failed}" if failed else str(runs)
