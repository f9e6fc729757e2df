"""A table as it is filled: for a pipe or a file its rows are written as they are, for a terminal rich draws them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from rich import box
from rich.table import Table as RichTable
from rich.text import Text


class Column(NamedTuple):
    """A column's head, and how rich draws it where the terminal is too narrow for all."""

    head: str
    justify: Literal["left", "right"]
    overflow: Literal["fold", "ellipsis"]
    no_wrap: bool
    width: int | None


@dataclass
class _Row:
    cells: Sequence[Text | str]
    style: str
    end_section: bool


@dataclass
class Table:
    """Columns and rows. A row of thousands costs a list's entry, where rich would look at each of its cells."""

    #: Between two columns.
    blanks: int
    columns: list[Column] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)

    def add_column(
        self,
        head: str,
        *,
        justify: Literal["left", "right"] = "left",
        overflow: Literal["fold", "ellipsis"] = "ellipsis",
        no_wrap: bool = False,
        width: int | None = None,
    ) -> None:
        """Add a column; the rows follow when all columns are there."""
        self.columns.append(Column(head, justify, overflow, no_wrap, width))

    def add_row(self, *cells: Text | str, style: str = "", end_section: bool = False) -> None:
        """Add a row with a cell for each column."""
        self.rows.append(_Row(cells, style, end_section))

    def add_section(self) -> None:
        """End a section with the last row: a line follows it, unless it stays the last one."""
        if self.rows:
            self.rows[-1].end_section = True

    def __rich__(self) -> RichTable:
        """Return it as rich draws it."""
        drawn = RichTable(box=box.SIMPLE_HEAD, padding=(0, self.blanks - 1, 0, 0), pad_edge=False, show_edge=False)
        for column in self.columns:
            drawn.add_column(
                column.head,
                justify=column.justify,
                overflow=column.overflow,
                no_wrap=column.no_wrap,
                width=column.width,
            )
        for row in self.rows:
            drawn.add_row(*row.cells, style=row.style or None, end_section=row.end_section)
        return drawn
