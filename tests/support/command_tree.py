"""Every command of the command line, the groups among them."""

from collections.abc import Iterator
from typing import Any

import typer.main

from lessonhook.console.cli import app


def command_tree() -> Iterator[tuple[str, Any]]:
    """Yield each command with its words, such as `subscriptions put`; the command line itself has the name ""."""
    yield from _below(typer.main.get_command(app), "")


def _below(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, command
    for word, each in getattr(command, "commands", {}).items():
        yield from _below(each, f"{name} {word}".strip())
