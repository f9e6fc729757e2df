"""Where a command writes: tables and colours for people at a terminal, plain text for pipes and files."""

import sys
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Final

import typer
from rich.console import Console, RenderableType

from lessonhook.config import visible, visible_lines
from lessonhook.console.views.json_text import json_text
from lessonhook.console.views.plain_text import plain_lines
from lessonhook.console.views.table import Table
from lessonhook.console.views.visible import VisibleConsole
from lessonhook.desk.words import count

#: Events between two lines of progress.
_REPORT_EVERY: Final = 10_000
#: Lines that are written in one call: what a terminal shows in an instant.
_LINES_AT_ONCE: Final = 200
#: Columns of a pipe or a file: no window limits them, so lines are not broken.
_UNBOUNDED_COLUMNS: Final = 400


def out() -> Console:
    """Return a console on the standard output. It reads no markup, because subscribers choose their own names."""
    console = VisibleConsole(markup=False, highlight=False, emoji=False)
    return (
        console
        if console.is_terminal
        else VisibleConsole(markup=False, highlight=False, emoji=False, width=_UNBOUNDED_COLUMNS)
    )


def err() -> Console:
    """Return a console on the standard error, for everything that is not the result itself."""
    return VisibleConsole(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)


def write_line(text: str) -> None:
    """Write one plain line, however long. A line end within the text is made visible."""
    # Not by a console of Rich: to make one and to print with it takes a hundred times as long.
    typer.echo(visible(text))


def write_many(lines: Iterable[str]) -> None:
    """Write very many plain lines, several in one call, because each call flushes."""
    waiting = iter(lines)
    while several := list(islice(waiting, _LINES_AT_ONCE)):
        typer.echo("\n".join(map(visible, several)))


def write_drawn(drawn: RenderableType) -> None:
    """Write a table with its lines: for the width of a terminal, elsewhere with one line for each row."""
    console = out()
    if console.is_terminal:
        console.print(drawn)
        return
    # At once, because each call flushes, and a table may have 10,000 rows.
    typer.echo("\n".join(plain_lines(drawn)))


def write_lines(text: str) -> None:
    """Write lines that this program has put together, such as a command for a shell."""
    typer.echo(visible_lines(text))


def write_json(document: Any) -> None:
    """Write a document for scripts."""
    typer.echo(_json(document))


def write_json_rows(document: Mapping[str, Any], name: str, rows: Iterable[Any]) -> None:
    """Write a document for scripts whose last key is a list of any length: each row is written as it comes."""
    # Without the brace that closes it.
    head = _json(document).removesuffix("}").rstrip("\n")
    typer.echo(head + (",\n" if document else "\n"), nl=False)
    typer.echo(f'  "{name}": [', nl=False)
    separator = "\n"
    for row in rows:
        typer.echo(f"{separator}    {_json(row, depth=2)}", nl=False)
        separator = ",\n"
    typer.echo("]\n}" if separator == "\n" else "\n  ]\n}")


def _json(document: Any, *, depth: int = 0) -> str:
    in_utf_8 = (sys.stdout.encoding or "").lower().startswith("utf")
    text = json_text(document, in_ascii=not in_utf_8, depth=depth)
    # JSON has an escape for each control character but DEL: in ASCII, nothing else has to be looked for in megabytes.
    return text if text.isascii() and "\x7f" not in text else visible_lines(text)


def waiting(for_what: str) -> AbstractContextManager[object]:
    """Show at a terminal, until the context ends, what is waited for. Elsewhere this writes nothing."""
    return err().status(visible(for_what))


class Progress:
    """Writes a line at a terminal now and then: `looked at 10,000 events`. Elsewhere it writes nothing."""

    def __init__(self) -> None:
        self._console = err()
        self._looked_at = 0

    def step(self) -> None:
        """Count one event."""
        self._looked_at += 1
        if self._looked_at % _REPORT_EVERY == 0 and self._console.is_terminal:
            self._console.print(f"looked at {count(self._looked_at, 'event')}")


def table(*, blanks: int = 2) -> Table:
    """Make a table in the look of all tables here, with one or more blanks between its columns."""
    return Table(blanks)
