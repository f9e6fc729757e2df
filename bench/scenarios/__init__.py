"""What is measured: each scenario yields records (a case, a row, figures by name); the report takes their medians."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from bench.scenarios import deliveries, fairness, growth, imports, limits, long, outage, publish, waiting
from bench.sizes import Sizes

#: `case`, `row` and figures.
Record = dict[str, Any]

SCENARIOS: Final[dict[str, Callable[[Sizes], Iterator[Record]]]] = {
    "limits": limits.measure,
    "deliveries": deliveries.measure,
    "publish": publish.measure,
    "imports": imports.measure,
    "fairness": fairness.measure,
    "waiting": waiting.measure,
    "outage": outage.measure,
    "growth": growth.measure,
    "long": long.measure,
}
#: Those that take their ten minutes, and run only if they are asked for.
LONG: Final = frozenset({"long"})
