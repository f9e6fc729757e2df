"""The page about the command line names every command that there is, and none that is not."""

import re
from pathlib import Path

from tests.support.processes.command_line import Cli

_PAGE = Path(__file__).parents[3] / "docs" / "command-line.md"


def test_every_command_is_on_the_page(cli: Cli) -> None:
    """What `lessonhook --help` lists, at a terminal wide enough for one line each."""
    listed = set(re.findall(r"^│ ([a-z][a-z-]+) ", cli("--help").out, re.MULTILINE))
    named = set(re.findall(r"`lessonhook ([a-z][a-z-]+)", _PAGE.read_text(encoding="utf-8")))
    assert listed == named
