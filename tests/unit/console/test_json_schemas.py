"""Each command that writes JSON has a JSON Schema in `docs/schemas`, which is the one that the code makes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pydantic
import pytest
from jsonschema import Draft202012Validator

from lessonhook.console.json_schemas import DOCUMENTS, schema_of
from tests.support.command_tree import command_tree
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOT

FOLDER = ROOT / "docs" / "schemas"


def test_every_command_with_json_has_a_schema() -> None:
    """A script can rely on each of them, so each is described."""
    writing = [name for name, command in command_tree() if any(each.name == "as_json" for each in command.params)]
    assert sorted(writing) == list(DOCUMENTS)


def test_the_folder_has_what_the_code_makes(tmp_path: Path) -> None:
    """Run `python -m lessonhook.console.json_schemas docs/schemas` after a change of what is written."""
    if f"\npydantic=={pydantic.VERSION}\n" not in (ROOT / "constraints.txt").read_text(encoding="utf-8"):
        pytest.skip("another version of pydantic than the locked one says the same in other words")
    subprocess.run(
        [sys.executable, "-m", "lessonhook.console.json_schemas", tmp_path], check=True, timeout=PATIENCE_SECONDS
    )
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert len(made) == len(DOCUMENTS)


def test_each_is_linked_where_the_commands_are() -> None:
    """A reader of the table of commands finds the keys of the one that a script calls."""
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(schemas/([\w-]+\.json)\)", page)
    assert sorted(linked) == sorted(path.name for path in FOLDER.iterdir())


@pytest.mark.parametrize("command", DOCUMENTS)
def test_a_schema_is_one(command: str) -> None:
    """By the standard that it names."""
    Draft202012Validator.check_schema(schema_of(command))


def test_what_the_code_says_of_a_field_is_in_the_schema() -> None:
    """Also of a field of a base class, and of a class that another room has."""
    event = json.loads((FOLDER / "event.json").read_text(encoding="utf-8"))
    assert event["properties"]["posts"]["description"].startswith("How often a worker was handed it")
    assert event["$defs"]["AttemptRecord"]["properties"]["seconds"]["description"] == "How long the exchange took."
    assert {"attempts", "erased_by"} <= set(event["required"])
    assert "body" not in event["required"]
