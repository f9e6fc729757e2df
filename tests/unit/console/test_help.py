"""What a person reads who asks a command for help."""

import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from lessonhook.console.cli import app
from tests.support.command_tree import command_tree

#: What Typer shows of Python: `<str>`, `<int range>`, `<list[str]>`.
_TYPE: Final = re.compile(r"<[a-z][\w\[\] |]*>|RANGE")
#: A value as people name it, or the choice itself: `SECONDS`, `YYYY-MM`, `send|skip`.
_NAME: Final = re.compile(r"[A-Z0-9@.,-]+|[a-z]+(\|[a-z]+)+")


@pytest.fixture(scope="module")
def helps() -> Mapping[str, str]:
    """Return the help of every command and group, and of the command line itself, by its words."""
    found = {name: CliRunner().invoke(app, [*name.split(), "--help"]).output for name, _ in command_tree()}
    assert {"", "status", "subscriptions", "subscriptions put"} <= set(found)
    assert all("--help" in text for text in found.values())
    return found


def _values() -> list[tuple[str, Any]]:
    """Return each argument, and each option with a value, with its command's words and its own name before it."""
    return [
        (f"{name} {parameter.name}", parameter)
        for name, command in command_tree()
        for parameter in command.params
        if not getattr(parameter, "is_flag", False)
    ]


def test_flags_are_shown_as_flags(helps: Mapping[str, str]) -> None:
    """`--json`, and not `--json <bool>`: of every command, of every group, and of the command line itself."""
    assert [name for name, text in helps.items() if "<bool>" in text] == []


def test_no_help_names_a_type_of_python(helps: Mapping[str, str]) -> None:
    """`--limit NUMBER`, and not `--limit <int range>`; SUBSCRIBER, and not `subscriber <str>`."""
    assert {name: found for name, text in helps.items() if (found := _TYPE.findall(text))} == {}


def test_each_value_has_a_name_that_says_what_it_is() -> None:
    """Of each argument and each option that takes one."""
    values = _values()
    assert len(values) > 50
    assert [name for name, parameter in values if not _NAME.fullmatch(parameter.metavar or "")] == []


def test_one_thing_has_one_name() -> None:
    """What has the same name in Python has the same name in each help."""
    names: dict[str, set[str]] = {}
    for _, parameter in _values():
        names.setdefault(parameter.name, set()).add(parameter.metavar)
    assert {name: called for name, called in names.items() if len(called) > 1} == {}


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_no_name_of_an_option_is_cut_off(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of 80 columns has no room for those of `subscriptions change`; `--subscr…` is of no use to anybody."""
    monkeypatch.setenv("COLUMNS", str(columns))
    helps = {
        name: CliRunner().invoke(app, [*name.split(), "--help"]).output
        for name, command in command_tree()
        if not hasattr(command, "commands")
    }
    assert {name: cut for name, text in helps.items() if (cut := re.findall(r"--[a-z-]*…", text))} == {}
