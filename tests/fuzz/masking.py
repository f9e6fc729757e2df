"""`python -m tests.fuzz.masking --seconds 60`: search for the response whose masking costs the most processor time.

The costliest cases so far are varied, and a costlier one takes the place of the cheapest. What was sent never shows:
a case in which it does ends the search with an error.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from lessonhook.worker.client.response_masking import shown
from tests.fuzz.masking_inputs import Case

_KEPT: Final = 12
#: A case is timed so often; the shortest time counts, because the others have waited for other processes too.
_TIMED: Final = 5
#: Those that are reported are timed this often once more. On a busy machine five runs are all slow: at a load of 17 the
#: costliest case took 1.17 ms that way, and 0.49 ms as the shortest of many.
_TIMED_AGAIN: Final = 200


@dataclass(frozen=True)
class Measured:
    """A case and what it cost."""

    #: Seconds of processor time, or lines of Python.
    cost: float
    case: Case
    text: str


def timed(case: Case, *, times: int = _TIMED) -> Measured:
    """Mask a response some times, and return the shortest processor time."""
    post, response = case.post(), case.response()
    seconds = []
    for _ in range(times):
        started = time.thread_time()
        text = shown(response, post, cut=case.cut)
        seconds.append(time.thread_time() - started)
    return Measured(min(seconds), case, text)


def counted(case: Case) -> Measured:
    """Mask a response once, and return how many lines the interpreter ran.

    A busy machine counts the same number. No line works on more than the 4,096 bytes that are decoded.
    """
    lines = 0

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal lines
        del frame, argument
        lines += event == "line"
        return trace

    post, response = case.post(), case.response()
    former = sys.gettrace()
    sys.settrace(trace)
    try:
        text = shown(response, post, cut=case.cut)
    finally:
        sys.settrace(former)
    return Measured(lines, case, text)


def search(
    seed: int,
    *,
    seconds: float = float("inf"),
    cases: float = float("inf"),
    measured: Callable[[Case], Measured] = timed,
) -> tuple[int, list[Measured]]:
    """Search until the time or the number of cases is used up; return the number, and the costliest first."""
    random = Random(seed)
    ends = time.monotonic() + seconds
    kept = [measured(Case())]
    tried = 1
    while tried < cases and time.monotonic() < ends:
        kept.append(measured(random.choice(kept).case.varied(random)))
        kept.sort(key=lambda each: each.cost, reverse=True)
        del kept[_KEPT:]
        tried += 1
    return tried, kept


def main() -> None:
    """Read the options, search, and print the costliest cases."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.masking", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tried, worst = search(options.seed, seconds=options.seconds)
    sys.stdout.write(f"{tried} cases, the costliest:\n")
    again = [timed(each.case, times=_TIMED_AGAIN) for each in worst]
    for each in sorted(again, key=lambda measured: measured.cost, reverse=True):
        sys.stdout.write(f"{each.cost * 1e3:8.3f} ms  {each.case}  ->  {each.text[:40]!r}\n")


if __name__ == "__main__":
    main()
