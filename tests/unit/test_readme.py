"""The README says what is true: its settings are the code's, its links lead somewhere, its commands exist."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lessonhook.console.cli import run
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOMS, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def shell_lines() -> Iterator[str]:
    """Yield each line of the README's shell blocks."""
    for block in re.findall(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE):
        yield from block.splitlines()


def commands() -> list[list[str]]:
    """Return the lessonhook commands of those blocks, as words."""
    lines = (line.removeprefix(".venv/bin/") for line in shell_lines())
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("lessonhook ")]


def test_the_tables_of_settings_are_those_of_the_code() -> None:
    """The README has the ten for everybody, the page in docs/reference the others."""
    checked = subprocess.run(
        [sys.executable, ROOT / ".ci/settings_tables.py", "--check"],
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert checked.returncode == 0, checked.stderr


def headings(file: str) -> list[str]:
    """Return a page's headings as links name them."""
    titles = re.findall(r"^#+ (.+)$", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]


@pytest.mark.parametrize("page", [README, CONTRIBUTING, SECURITY], ids=["README", "CONTRIBUTING", "SECURITY"])
def test_every_file_that_is_linked_is_there(page: str) -> None:
    """Links and pictures; and the heading, where a link names one."""
    linked = [target.partition("#") for target in re.findall(r"\]\(([^)]+)\)", page) if "://" not in target]
    assert linked
    assert [file for file, _, _ in linked if not (ROOT / file).exists()] == []
    assert [heading for file, _, heading in linked if heading and heading not in headings(file)] == []


def test_every_file_that_a_recipe_names_is_there() -> None:
    """A path in backticks, in a command too; a name that begins with `your` is the reader's own."""
    top = "|".join((*ROOMS, "tests", "docs"))
    named = re.findall(rf"(?<![\w./])(?:{top})/[a-z0-9_/.-]+\w/?", CONTRIBUTING)
    assert len(named) > len(["setting", "command", "option", "transition", "field", "page"])
    assert [path for path in named if "your" not in path and not (ROOT / path).exists()] == []


def test_the_table_of_folders_has_each_room() -> None:
    """Who looks for the place of a change finds it there, whichever room it is in."""
    assert set(ROOMS) <= set(re.findall(r"^\| `(\w+)/` \|", CONTRIBUTING, re.MULTILINE))


@pytest.mark.parametrize("page", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_make_target_that_is_named_is_there(page: str) -> None:
    """`make demo` and the like."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", page)) <= targets


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
