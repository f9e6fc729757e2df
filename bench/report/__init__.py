"""The report: `docs/benchmark.md` and its plots, made of what was measured and of nothing else."""

import importlib.util
from pathlib import Path
from typing import Any, Final

from bench.process import ROOT
from bench.report import tables
from bench.report.figures import Figures
from bench.report.markdown import table
from bench.report.targets import targets
from bench.say import say

__all__ = ["DOCUMENT", "write_report"]

DOCUMENT: Final = ROOT / "docs" / "benchmark.md"
_TABLES: Final = {
    "deliveries": tables.deliveries,
    "publish": lambda figures: [*tables.publish(figures), *tables.capacity(figures)],
    "imports": tables.imports,
    "fairness": tables.fairness,
    "waiting": tables.waiting,
    "long": tables.long,
    "outage": tables.outage,
    "growth": tables.growth,
    "limits": tables.limits,
}
_FAIRNESS_OF_IT: Final = """\
All rows run on the same machine as the server and the receiver, one after the other and interleaved; the figures are
medians of the runs. The Celery rows have the worker settings of lessonhook (threads, late acknowledgement, prefetch of
one, one key a queue) and log nothing; lessonhook writes a line for each outcome, checks each event against its
contract, and keeps each attempt. django-webhook runs with its log of events off, on SQLite. The server writes nothing
to disk. The receiver is one thread of plain Python that responds at once, so the CPU time that it takes is missing
elsewhere: with more cores than two, all rows gain. `make bench` makes this page.
"""


def write_report(folder: Path) -> str:
    """Write the page, and its plots beside it, into `folder`; return the page."""
    figures = Figures(list(_TABLES))
    page = _page(figures)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DOCUMENT.name).write_text(page, encoding="utf-8")
    if importlib.util.find_spec("matplotlib"):
        from bench.report.plots import draw  # noqa: PLC0415 - needs matplotlib, an extra

        draw(figures, folder / DOCUMENT.stem)
    else:
        say("no plots: matplotlib is not installed (the extra `bench`)")
    return page


def _page(figures: Figures) -> str:
    lines = ["# Benchmark", "", *_machine(figures), _FAIRNESS_OF_IT, "## What it must show", ""]
    lines += table(("", "bound", "measured", "reached"), (target.cells() for target in targets(figures)))
    for name, lines_of in _TABLES.items():
        if name in figures.documents:
            lines += lines_of(figures)
    return "\n".join(lines)


def _machine(figures: Figures) -> list[str]:
    """Name the machine, and what was measured with small sizes or on a busy machine."""
    if not figures.documents:
        return ["Nothing was measured yet: `make bench`.", ""]
    documents = list(figures.documents.values())
    machine: dict[str, Any] = documents[-1]["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    taken = " to ".join(
        dict.fromkeys([min(each["taken"] for each in documents), max(each["taken"] for each in documents)])
    )
    load = max(each["machine"]["load_before"] for each in documents)
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, {machine['python']}; {packages}.",
        f"Taken {taken}; the machine's load before: {load}.",
        "",
    ]
    if any(each["quick"] for each in documents):
        lines += ["**Some of it was measured with the sizes of a smoke test, and means nothing.**", ""]
    return lines
