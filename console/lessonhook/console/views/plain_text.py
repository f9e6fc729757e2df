"""Tables and lines as plain text for pipes and files, where rich would take a millisecond for each row."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lessonhook.config import visible

_RULE: Final = "─"


def plain_lines(drawn: RenderableType) -> Iterator[str]:
    """Yield a table, a text or a group of them, line by line: a row of a table is one line, however long."""
    if isinstance(drawn, Group):
        for part in drawn.renderables:
            yield from plain_lines(part)
    elif isinstance(drawn, Table):
        yield from _rows(drawn)
    else:
        yield from map(visible, _text(drawn).split("\n"))


def _rows(table: Table) -> Iterator[str]:
    heads = [_text(column.header).replace("\n", " ") for column in table.columns]
    cells = [[visible(_text(cell)) for cell in column.cells] for column in table.columns]
    widths = [max(map(cell_len, (head, *column))) for head, column in zip(heads, cells, strict=True)]
    to_the_right = [column.justify == "right" for column in table.columns]
    # The blanks that the table has between its columns at a terminal.
    gap = " " * (1 + table.padding[1])

    def line(row: Iterable[str]) -> str:
        return gap.join(
            _padded(text, width, to_the_right=right)
            for text, width, right in zip(row, widths, to_the_right, strict=True)
        ).rstrip()

    yield line(heads)
    rule = _RULE * (sum(widths) + len(gap) * (len(widths) - 1))
    yield rule
    for row, each in zip(table.rows, zip(*cells, strict=True), strict=True):
        yield line(each)
        if row.end_section and row is not table.rows[-1]:
            yield rule


def _padded(text: str, width: int, *, to_the_right: bool) -> str:
    blanks = " " * (width - cell_len(text))
    return blanks + text if to_the_right else text + blanks


def _text(drawn: RenderableType) -> str:
    if isinstance(drawn, Text):
        return drawn.plain
    if isinstance(drawn, str):
        return drawn
    raise TypeError(f"{type(drawn).__name__} has no plain text")
