"""The plots, each as PNG and as SVG, made without a display."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.report.figures import Figures
from bench.rows import ROWS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_OURS, _OTHERS, _LIMITS = "#1f6f8b", "#b8b8b8", "#dedede"
_WIDE: Final = (8.0, 3.6)
_SHORT: Final = {
    "nothing": "does nothing (limit)", "nothing-kept": "does nothing, our transport", "plain": "plain task",
    "session": "kept session", "django": "django-webhook", "dramatiq": "Dramatiq", "lessonhook": "lessonhook",
}  # fmt: skip


def draw(figures: Figures, folder: Path) -> None:
    """Draw what was measured into `folder`; the same figures make the same file."""
    import matplotlib as mpl  # noqa: PLC0415 - heavy, and only the report needs it

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "lessonhook"
    folder.mkdir(parents=True, exist_ok=True)
    drawings = {"deliveries": _deliveries, "publish": _publish, "fairness": _fairness, "growth": _growth}
    for name, drawing in drawings.items():
        if name not in figures.documents:
            continue
        figure = drawing(figures)
        figure.savefig(folder / f"{name}.png", dpi=150, metadata={"Software": None})
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})


def _figure(columns: int = 1) -> "tuple[Figure, list[Any]]":
    from matplotlib.figure import Figure  # noqa: PLC0415 - heavy, and only the report needs it

    figure = Figure(figsize=_WIDE, layout="constrained")
    axes = figure.subplots(1, columns, squeeze=False)
    for each in axes[0]:
        each.spines[["top", "right"]].set_visible(False)
    return figure, list(axes[0])


def _bars(axis: Any, names: list[str], values: list[float], title: str) -> None:
    colors = [_OURS if name.startswith("lessonhook") else _LIMITS if "nothing" in name else _OTHERS for name in names]
    bars = axis.barh(names[::-1], values[::-1], color=colors[::-1])
    axis.bar_label(bars, fmt="{:,.0f}", padding=3)
    axis.set_title(title, loc="left", fontsize=10)
    axis.margins(x=0.15)


def _deliveries(figures: Figures) -> "Figure":
    figure, axes = _figure(2)
    for axis, case in zip(axes, ("backlog", "fresh"), strict=True):
        rows = figures.rows("deliveries", case)
        values = [figures.value("deliveries", case, row, "per_second") for row in rows]
        _bars(axis, [_SHORT[row] for row in rows], values, f"Deliveries a second, {case}")
    return figure


def _publish(figures: Figures) -> "Figure":
    figure, [axis] = _figure()
    found = [(case, row) for case in figures.cases("publish") for row in figures.rows("publish", case)]
    names = [f"{_SHORT[row]}, {case}" if row == "lessonhook" else _SHORT[row] for case, row in found]
    values = [figures.value("publish", case, row, "per_second") for case, row in found]
    _bars(axis, names, values, "Calls of .delay() a second")
    return figure


def _fairness(figures: Figures) -> "Figure":
    figure, [axis] = _figure()
    for row, color in (("plain", _OTHERS), ("lessonhook", _OURS)):
        points = [
            (int(case.split()[0]), figures.value("fairness", case, row, "p99_ms"))
            for case in figures.cases("fairness")
            if case.endswith("hang")
        ]
        known = [(hanging, p99) for hanging, p99 in points if not math.isnan(p99)]
        if known:
            axis.plot(*zip(*known, strict=True), marker="o", color=color, label=ROWS[row].name)
    axis.set_yscale("log")
    axis.set_xlabel("endpoints of 100 that hang")
    axis.set_ylabel("ms, from .delay() to arrival")
    axis.set_title("p99 of the healthy", loc="left", fontsize=10)
    axis.legend(frameon=False)
    return figure


def _growth(figures: Figures) -> "Figure":
    figure, axes = _figure(2)
    for axis, case in zip(axes, ("subscribers", "held"), strict=True):
        sizes = figures.rows("growth", case)
        for name, color in (("settle", _OURS), ("record", _OTHERS)):
            values = [figures.value("growth", case, size, f"{name}_microseconds") for size in sizes]
            axis.plot([int(size) for size in sizes], values, marker="o", color=color, label=name)
        axis.set_xscale("log")
        axis.set_ylim(bottom=0)
        axis.set_xlabel("subscribers" if case == "subscribers" else "events held")
        axis.set_ylabel("µs a transition")
        axis.legend(frameon=False)
    return figure
