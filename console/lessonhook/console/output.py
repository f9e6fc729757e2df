"""Where a command writes: tables and colours for people at a terminal, plain text for pipes and files."""

import json
import sys
from typing import Any, Final

import typer
from rich import box
from rich.console import Console
from rich.table import Table

#: Columns of a pipe or a file, where nothing needs to fit a window: lines are not broken for the sake of one.
_UNBOUNDED_COLUMNS: Final = 400


def out() -> Console:
    """Answer a console on the standard output; it takes no text for markup, since names are other people's choice."""
    console = Console(markup=False, highlight=False, emoji=False)
    return (
        console
        if console.is_terminal
        else Console(markup=False, highlight=False, emoji=False, width=_UNBOUNDED_COLUMNS)
    )


def err() -> Console:
    """Answer a console on the standard error, for what is not the answer itself."""
    return Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)


def say(text: str) -> None:
    """Write one plain line, however long."""
    out().print(text, soft_wrap=True)


def write_json(document: Any) -> None:
    """Write a document for scripts."""
    in_utf_8 = (sys.stdout.encoding or "").lower().startswith("utf")
    typer.echo(json.dumps(document, indent=2, ensure_ascii=not in_utf_8))


def table(*, blanks: int = 2) -> Table:
    """Make a table in the look of all tables here, with one or more blanks between its columns."""
    return Table(box=box.SIMPLE_HEAD, padding=(0, blanks - 1, 0, 0), pad_edge=False, show_edge=False)
