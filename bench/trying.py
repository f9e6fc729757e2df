"""A run that fails is told of and left out: the others go on, since nobody may be there to start them again."""

from collections.abc import Callable, Iterator
from typing import Any

from bench.say import say

#: What failed, for the end of the whole.
failed: list[str] = []


def tried(scenario: str, case: str, row: str, run: Callable[[], dict[str, float]]) -> Iterator[dict[str, Any]]:
    """Yield a run's record, or nothing if it failed."""
    what = f"{scenario}: {case}: {row}"
    try:
        found = run()
    except Exception as error:  # noqa: BLE001 - whatever it is, the other runs are not to blame
        say(f"{what} FAILED: {type(error).__name__}: {error}")
        failed.append(what)
        return
    figures = ", ".join(f"{name} {value:,.4g}" for name, value in found.items())
    say(f"{what}: {figures}")
    yield {"case": case, "row": row, **found}
