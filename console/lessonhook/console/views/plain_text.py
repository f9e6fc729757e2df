"""Tables and lines as plain text for pipes and files, where rich would take a millisecond for each row."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from lessonhook.config import visible
from lessonhook.console.views.table import Table

_RULE: Final = "─"


def plain_lines(drawn: RenderableType) -> Iterator[str]:
    """Yield a table, a text or a group of them, line by line: a row of a table is one line, however long."""
    if isinstance(drawn, Group):
        for part in drawn.renderables:
            yield from plain_lines(part)
    elif isinstance(drawn, Table):
        yield from _rows(drawn)
    else:
        yield from map(_visible, _text(drawn).split("\n"))


def _rows(table: Table) -> Iterator[str]:
    heads = [column.head.replace("\n", " ") for column in table.columns]
    cells = zip(*(row.cells for row in table.rows), strict=True) if table.rows else ((),) * len(heads)
    aligned = [
        _aligned([head, *(_visible(_text(cell)) for cell in column)], to_the_right=about.justify == "right")
        for about, head, column in zip(table.columns, heads, cells, strict=True)
    ]
    # The blanks that the table has between its columns at a terminal.
    gap = " " * table.blanks
    rule = _RULE * (sum(cell_len(column[0]) for column in aligned) + len(gap) * (len(aligned) - 1))
    lines = (gap.join(each).rstrip() for each in zip(*aligned, strict=True))
    yield next(lines)
    yield rule
    last = len(table.rows) - 1
    for at, line in enumerate(lines):
        yield line
        if table.rows[at].end_section and at != last:
            yield rule


def _aligned(texts: Sequence[str], *, to_the_right: bool) -> list[str]:
    """Return texts with blanks behind or before each, so that all are as wide as the widest."""
    widths = [_width(text) for text in texts]
    widest = max(widths)
    if to_the_right:
        return [" " * (widest - width) + text for text, width in zip(texts, widths, strict=True)]
    return [text + " " * (widest - width) for text, width in zip(texts, widths, strict=True)]


def _width(text: str) -> int:
    # Rich looks at each letter. A table of 10,000 rows has 100,000 cells, and nearly all are figures.
    return len(text) if text.isascii() else cell_len(text)


def _visible(text: str) -> str:
    # The search costs three times as much as this question, and is needed for what people have chosen only.
    return text if text.isascii() and text.isprintable() else visible(text)


def _text(drawn: RenderableType) -> str:
    if isinstance(drawn, str):
        return drawn
    if isinstance(drawn, Text):
        return drawn.plain
    raise TypeError(f"{type(drawn).__name__} has no plain text")
