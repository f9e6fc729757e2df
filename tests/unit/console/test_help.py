"""What a person reads who asks a command for help."""

from typer.testing import CliRunner

from lessonhook.console.cli import app
from tests.support.command_tree import command_tree


def test_flags_are_shown_as_flags() -> None:
    """`--json`, and not `--json <bool>`: of every command, of every group, and of the command line itself."""
    helps = {name: CliRunner().invoke(app, [*name.split(), "--help"]).output for name, _ in command_tree()}
    assert {"", "status", "subscriptions", "subscriptions put"} <= set(helps)
    assert all("--help" in text for text in helps.values())
    assert [name for name, text in helps.items() if "<bool>" in text] == []
