"""The measured figures, as medians over the runs, found by scenario, case, row and name."""

import math
from typing import Any, Final

from bench import store
from bench.statistics import median

#: What a table shows where nothing was measured.
NOTHING: Final = "\N{EN DASH}"
#: What stands behind a ratio.
TIMES: Final = " \N{MULTIPLICATION SIGN}"


class Figures:
    """What was kept of the scenarios; what was not measured is NaN, and a table shows a dash for it."""

    def __init__(self, scenarios: list[str]) -> None:
        self.documents: dict[str, dict[str, Any]] = {
            name: document for name in scenarios if (document := store.load(name)) is not None
        }

    def value(self, scenario: str, case: str, row: str, name: str) -> float:
        """Return the median of a figure over its runs."""
        return median(
            float(record[name])
            for record in self._records(scenario)
            if record["case"] == case and record["row"] == row and name in record
        )

    def runs(self, scenario: str, case: str, row: str) -> int:
        """Return how many runs there were."""
        return sum(record["case"] == case and record["row"] == row for record in self._records(scenario))

    def rows(self, scenario: str, case: str) -> list[str]:
        """Return the rows that a case has, in the order in which they were first measured."""
        return list(dict.fromkeys(record["row"] for record in self._records(scenario) if record["case"] == case))

    def cases(self, scenario: str) -> list[str]:
        """Return the cases that a scenario has, in the order in which they were first measured."""
        return list(dict.fromkeys(record["case"] for record in self._records(scenario)))

    def ratio(self, scenario: str, case: str, row: str, other: str, name: str = "per_second") -> float:
        """Return how many times another row's figure a row's is."""
        return self.value(scenario, case, row, name) / self.value(scenario, case, other, name)

    def _records(self, scenario: str) -> list[dict[str, Any]]:
        document = self.documents.get(scenario)
        return document["records"] if document else []


def number(value: float, digits: int = 0, unit: str = "") -> str:
    """Write a figure for a table: `1,234`, `2.5`, or a dash where there is none."""
    return NOTHING if math.isnan(value) else f"{value:,.{digits}f}{unit}"
