"""Markdown, as little of it as a page of tables needs."""

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table; every column but the first is of figures, and stands to the right."""
    rule = ["---", *["---:"] * (len(heads) - 1)]
    return [_line(heads), _line(rule), *(_line(row) for row in rows), ""]


def picture(name: str, text: str) -> list[str]:
    """Return the lines of a plot that stands beside the page, in a folder of its name."""
    return [f"![{text}](benchmark/{name}.svg)", ""]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
