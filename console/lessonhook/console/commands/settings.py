"""`lessonhook settings`: what is in force and where it comes from. The documentation's tables use the same rows."""

import os
import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, NamedTuple

import typer
from pydantic import SecretStr
from rich.text import Text

from lessonhook.config import Settings, everyday_settings, server_of
from lessonhook.console.access import read_settings
from lessonhook.console.options.names import AsJson
from lessonhook.console.views import output
from lessonhook.desk.words import count

_USERINFO: Final = re.compile(r"(?<=://)[^/?#]*@")
_MASK: Final = "***"


class Row(NamedTuple):
    """A setting as it is written in the environment."""

    variable: str
    #: Empty if there is none.
    default: str
    meaning: str
    #: Whether everybody should know it; the others are rarely needed.
    everyday: bool
    #: The name of the field of `Settings`.
    field: str


def rows() -> Iterator[Row]:
    """Yield every setting in the order of the code."""
    everyday = everyday_settings()
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"LESSONHOOK_{name.upper()}")
        yield Row(variable, _text(field.default), field.description or "", name in everyday, name)


def settings(
    as_json: AsJson = False,
    only_set: Annotated[bool, typer.Option("--set", help="Only those that the environment sets.")] = False,
) -> None:
    """Show every setting: its value in force, where that comes from, and what it means.

    Passwords, keys and the URLs that may hold them are masked. Ends with 2 if a setting is wrong, and says which.
    """
    in_force = read_settings()
    chosen = [row for row in rows() if not only_set or row.variable in os.environ]
    if as_json:
        output.write_json({"settings": [_document(row, in_force) for row in chosen]})
        return
    output.write_line(f"ledger: {server_of(in_force.redis_url)}")
    output.write_line(f"broker: {server_of(in_force.broker_url)}")
    for row in chosen:
        value = shown(getattr(in_force, row.field)) or "not set"
        origin = f"environment; default {row.default or 'not set'}" if row.variable in os.environ else "default"
        style = "bold" if row.variable in os.environ else ""
        output.out().print(Text.assemble("\n", (f"{row.variable} = {value}", style), (f"  ({origin})", "dim")))
        output.out().print(Text(f"  {row.meaning}"))


def shown(value: Any) -> str:
    """Return a setting's value as it may be shown: "" if it is not set, and nothing that is secret."""
    if isinstance(value, SecretStr):
        return "set, and not shown"
    if isinstance(value, tuple) and value and isinstance(value[0], SecretStr):
        return f"{count(len(value), 'key')}, not shown"
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{each}"' for each in value) + "]" if value else ""
    return _USERINFO.sub(f"{_MASK}@", _text(value))


def _document(row: Row, in_force: Settings) -> dict[str, Any]:
    return {
        "variable": row.variable,
        "value": shown(getattr(in_force, row.field)) or None,
        "source": "environment" if row.variable in os.environ else "default",
        "default": row.default or None,
        "everyday": row.everyday,
        "meaning": row.meaning,
    }


def _text(default: Any) -> str:
    if default in {None, (), ""}:
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)
