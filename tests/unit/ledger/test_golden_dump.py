"""A change of what the ledger stores is noticed, and the changelog tells of it: a deployed Redis has the older form."""

import json
import re

import pytest

from tests.chaos.golden_release import GOLDEN
from tests.support.rooms import ROOT
from tests.support.stored_format import stored_format

_DUMPS = sorted(path.stem for path in GOLDEN.glob("*.json"))


def _told() -> set[str]:
    """Return the names in backticks that stand under a heading "Stored format"."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### Stored format\n(.*?)(?=^##|\Z)", changelog, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([^`]+)`", "".join(sections)))


@pytest.mark.parametrize("dump", _DUMPS)
def test_the_changelog_tells_of_each_change_since_a_dump(dump: str) -> None:
    """Each name that is new, and each that is gone. Where no release has the old form, make `present.json` anew."""
    kept = json.loads((GOLDEN / f"{dump}.json").read_text(encoding="utf-8"))["format"]
    for what, names in stored_format().items():
        differing = set(names) ^ set(kept[what])
        assert differing <= _told(), (
            f"what is stored of a {what} differs from golden/{dump}.json: name it in CHANGELOG.md under 'Stored format'"
        )


def test_a_dump_stores_nothing_that_its_format_does_not_name() -> None:
    """The fields of the lanes and events in the present dump are those of the code."""
    present = json.loads((GOLDEN / "present.json").read_text(encoding="utf-8"))
    for entry in present["keys"]:
        kind = entry["key"].partition("}:")[2].partition(":")[0]
        if kind in {"lane", "event", "subscription", "day"}:
            assert set(entry["value"]) <= set(present["format"][kind]), entry["key"]
