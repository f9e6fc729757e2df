"""The README says what is true: its settings are the code's, its links lead somewhere, its commands exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from lessonhook.console.cli import run
from lessonhook.console.settings_table import markdown

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def shell_lines() -> Iterator[str]:
    """Yield each line of the README's shell blocks."""
    for block in re.findall(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE):
        yield from block.splitlines()


def commands() -> list[list[str]]:
    """Answer the lessonhook commands of those blocks, as words."""
    lines = (line.removeprefix(".venv/bin/") for line in shell_lines())
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("lessonhook ")]


def test_the_settings_are_those_of_the_code() -> None:
    """`lessonhook settings --markdown` prints the table that belongs here."""
    assert markdown() in README, "replace the README's table by what `lessonhook settings --markdown` prints"


def test_every_file_that_is_linked_is_there() -> None:
    """Links and pictures."""
    linked = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]
    assert linked
    assert [target for target in linked if not (ROOT / target).exists()] == []


def test_every_make_target_that_is_named_is_there() -> None:
    """`make demo` and the like."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", README)) <= targets


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_that_is_shown_exists_with_its_options(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its help names each option that the README uses; `flower` hands its options on."""
    words = [word for word in command if not word.startswith("-")]
    options = [word.split("=")[0] for word in command if word.startswith("--")]
    if words[0] == "flower":
        return
    group = words[:2] if words[0] == "subscriptions" else words[:1]
    assert run([*group, "--help"]) == 0
    shown = capsys.readouterr().out
    assert [option for option in options if option not in shown] == []
