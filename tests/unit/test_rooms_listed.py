"""One list of rooms: the tools that cannot read it have one of their own, and each is held to it here."""

import subprocess
import tomllib
from collections.abc import Sequence

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import PROJECT, ROOMS, ROOT

_TOOLS = PROJECT["tool"]
_CONTRACTS = {contract["type"]: contract for contract in _TOOLS["importlinter"]["contracts"]}
_ZENSICAL = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
#: Where each list stands, and what it says.
_LISTS: dict[str, Sequence[str]] = {
    "pyproject.toml [tool.hatch.build] dev-mode-dirs": _TOOLS["hatch"]["build"]["dev-mode-dirs"],
    "pyproject.toml [tool.ruff] src": _TOOLS["ruff"]["src"],
    "pyproject.toml [tool.mypy] mypy_path": _TOOLS["mypy"]["mypy_path"].split(":"),
    "pyproject.toml [tool.pyright] extraPaths": _TOOLS["pyright"]["extraPaths"],
    "pyproject.toml [tool.importlinter] root_packages": [
        name.removeprefix("lessonhook.") for name in _TOOLS["importlinter"]["root_packages"]
    ],
    "pyproject.toml [tool.importlinter] ancestors of the contract on circles": [
        name.removeprefix("lessonhook.") for name in _CONTRACTS["acyclic_siblings"]["ancestors"]
    ],
    "zensical.toml [project.plugins.mkdocstrings.handlers.python] paths": _ZENSICAL["plugins"]["mkdocstrings"][
        "handlers"
    ]["python"]["paths"],
}


def _in_layers() -> list[str]:
    layers = _CONTRACTS["layers"]["layers"]
    return [name.strip().removeprefix("lessonhook.") for layer in layers for name in layer.split(":")]


def _in_the_image() -> set[str]:
    """Return the folders that the container image is built from."""
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return {line.removeprefix("!") for line in kept if (ROOT / line.removeprefix("!")).is_dir()}


def test_the_rooms_are_the_folders_that_hold_a_part_of_the_package() -> None:
    """A room that is missing from the list would be in no wheel."""
    assert set(ROOMS) == {path.parent.name for path in ROOT.glob("*/lessonhook") if path.is_dir()}


@pytest.mark.parametrize("place", _LISTS)
def test_a_tool_that_cannot_read_the_list_has_the_same(place: str) -> None:
    """The wheel's packages are the list; these tools read no other file and no other table."""
    assert list(_LISTS[place]) == list(ROOMS), f"write the rooms {ROOMS} in {place}"


def test_each_room_has_its_place_among_the_arrows() -> None:
    """A room outside of the layers could import, and be imported by, any other."""
    assert sorted(_in_layers()) == sorted(ROOMS), "put each room into the layers in pyproject.toml [tool.importlinter]"


def test_the_container_image_is_built_from_all_rooms() -> None:
    """The image builds the wheel from what .dockerignore lets in."""
    assert _in_the_image() == set(ROOMS), "let each room into the image: a line `!room` in .dockerignore"


def test_the_shell_reads_the_same_list() -> None:
    """The Makefile and the checks of the wheel ask `.ci/rooms`."""
    asked = subprocess.run([ROOT / ".ci/rooms"], capture_output=True, check=True, text=True, timeout=PATIENCE_SECONDS)
    assert tuple(asked.stdout.split()) == ROOMS
