"""`lessonhook settings`: every setting as the code knows it, for people and for the README."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, NamedTuple

import typer
from rich.text import Text

from lessonhook.config import Settings
from lessonhook.console import output

_NONE: Final = "-"


class Row(NamedTuple):
    """A setting as it is written in the environment."""

    variable: str
    default: str
    meaning: str


def rows() -> Iterator[Row]:
    """Yield every setting in the order of the code."""
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"LESSONHOOK_{name.upper()}")
        yield Row(variable, _text(field.default), field.description or "")


def markdown() -> str:
    """Answer the settings as a Markdown table."""
    lines = ["| Variable | Default | What it is |", "| --- | --- | --- |"]
    lines += [
        f"| `{row.variable}` | {f'`{row.default}`' if row.default != _NONE else ''} | {row.meaning} |" for row in rows()
    ]
    return "\n".join(lines)


def settings(
    as_markdown: Annotated[bool, typer.Option("--markdown", help="As the table of the README.")] = False,
) -> None:
    """Show every setting, its default and what it is; seconds and days take fractions."""
    if as_markdown:
        typer.echo(markdown())
        return
    drawn = output.table()
    drawn.add_column("variable", no_wrap=True)
    drawn.add_column("default", overflow="fold")
    drawn.add_column("what it is")
    for row in rows():
        drawn.add_row(row.variable, row.default, Text(row.meaning))
    output.out().print(drawn)


def _text(default: Any) -> str:
    if default in {None, (), ""}:
        return _NONE
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)
