"""The map of the code names every cabinet, so that a newcomer finds each of them."""

import re

from tests.support.rooms import ROOMS, ROOT

_MAP = ROOT / "docs" / "internals" / "map.md"


def test_the_map_names_every_cabinet_and_no_other() -> None:
    """A new folder gets its line; a folder that has gone leaves the map."""
    named = set(re.findall(r"^\| `(\w+/\w+)` \|", _MAP.read_text(encoding="utf-8"), re.MULTILINE))
    there = {
        f"{cabinet.parent.name}/{cabinet.name}"
        for cabinet in ROOT.glob("*/lessonhook/*/*/")
        if any(cabinet.glob("*.py")) or any(cabinet.glob("*.lua"))
    }
    assert named == there


def test_the_map_has_a_part_for_each_room() -> None:
    """A new room is explained from its first day on."""
    assert set(ROOMS) <= set(re.findall(r"^## (\w+)$", _MAP.read_text(encoding="utf-8"), re.MULTILINE))
