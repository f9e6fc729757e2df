"""Pipes and files get each table as plain lines, a row a line."""

import pytest
from rich.console import Group
from rich.text import Text

from lessonhook.console.views import output
from lessonhook.console.views.plain_text import plain_lines
from lessonhook.console.views.table import Table


def _table() -> Table:
    drawn = output.table(blanks=1)
    drawn.add_column("subscriber")
    drawn.add_column("in\nflight", justify="right")
    drawn.add_row("acme", "7")
    drawn.add_row(Text("株式会社", style="red"), "12,345")
    return drawn


def test_columns_are_aligned_and_a_head_is_one_line() -> None:
    """Also below names whose letters are two columns wide."""
    assert list(plain_lines(_table())) == [
        "subscriber in flight",
        "────────────────────",
        "acme               7",
        "株式会社      12,345",
    ]


def test_a_row_is_one_line_however_long_and_whatever_it_holds() -> None:
    """A script reads lines; a line end that a company chose is shown as the sign that stands for one."""
    drawn = _table()
    drawn.add_row("x" * 1_000 + "\nforged\x1b[2J", "1")
    assert list(plain_lines(drawn))[-1] == "x" * 1_000 + "\\u000aforged\\u001b[2J" + " " * 9 + "1"


def test_a_section_is_ended_by_a_line() -> None:
    """As at a terminal; not at the end of the table."""
    drawn = output.table()
    drawn.add_column("day")
    drawn.add_row("one", end_section=True)
    drawn.add_row("all", end_section=True)
    assert list(plain_lines(drawn)) == ["day", "───", "one", "───", "all"]


def test_a_group_is_written_part_by_part() -> None:
    """A text of several lines, too."""
    group = Group(Text("first\nsecond"), _table())
    assert list(plain_lines(group))[:3] == ["first", "second", "subscriber in flight"]


def test_what_has_no_plain_text_is_no_surprise() -> None:
    """A developer who adds a panel is told at once, and not by an empty line."""
    with pytest.raises(TypeError, match="int has no plain text"):
        list(plain_lines(7))  # type: ignore[arg-type]


def test_rich_makes_no_table_of_its_own_for_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks at each cell, and `lessonhook status > file` may have 100,000 of them."""
    drawn = _table()
    monkeypatch.setattr(f"{Table.__module__}.RichTable", None)
    assert len(list(plain_lines(drawn))) == 4
