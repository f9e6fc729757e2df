"""The map of the code names every cabinet, so that a newcomer finds each of them."""

import re

from tests.support.rooms import ROOMS, ROOT

_MAP = ROOT / "docs" / "internals" / "map.md"


def test_the_map_names_every_cabinet_and_no_other() -> None:
    """A new folder gets its line; a folder that has gone leaves the map."""
    named = {place for place in _places() if not place.startswith("tests/")}
    there = {
        f"{cabinet.parent.name}/{cabinet.name}"
        for cabinet in ROOT.glob("*/lessonhook/*/*/")
        if any(cabinet.glob("*.py")) or any(cabinet.glob("*.lua"))
    }
    assert named == there


def test_the_map_has_a_part_for_each_room() -> None:
    """A new room is explained from its first day on."""
    assert set(ROOMS) <= set(re.findall(r"^## (\w+)$", _MAP.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_map_names_every_folder_of_tests_and_no_other() -> None:
    """Who looks for a test, or for a place to put one, finds all of them on one page."""
    named = {place for place in _places() if place.startswith("tests/")}
    there = {f"tests/{folder.name}" for folder in ROOT.glob("tests/*/") if any(folder.rglob("*.py"))}
    assert named == there


def _places() -> list[str]:
    return re.findall(r"^\| `(\w+/\w+)` \|", _MAP.read_text(encoding="utf-8"), re.MULTILINE)
