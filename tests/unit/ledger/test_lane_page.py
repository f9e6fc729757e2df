"""`docs/internals/lane.md` names functions, methods and tests that exist, and leaves no transition out."""

import re

import pytest

from lessonhook.ledger.transitions.assembly import RULES, lua
from tests.support.model.lane import LaneModel
from tests.support.model.lane_event import Event
from tests.support.model.lane_rules import LaneRules
from tests.support.rooms import ROOT
from tests.support.stored_format import TRANSITIONS

_PAGE = (ROOT / "docs" / "internals" / "lane.md").read_text(encoding="utf-8")
_MODEL = {each.__name__: each for each in (Event, LaneModel, LaneRules)}


def _named(what: str) -> list[str]:
    """Return what the page's lines of a kind name, each once, sorted."""
    lines = re.findall(rf"^- \*\*{what}\*\*: (.*)$", _PAGE, re.MULTILINE)
    return sorted({name for line in lines for name in re.findall(r"`([^`]+)`", line)})


@pytest.mark.parametrize("name", _named("Lua"))
def test_each_function_of_a_script_exists(name: str) -> None:
    """`pump.choose` is a function of `pump.lua`; `admit` is a transition."""
    file, _, function = name.partition(".")
    assert file in {*RULES, *TRANSITIONS}
    if function:
        assert re.search(rf"^local function {function}\(", lua(file), re.MULTILINE)
    else:
        assert file in TRANSITIONS


@pytest.mark.parametrize("name", _named("Model"))
def test_each_method_of_the_model_exists(name: str) -> None:
    """`LaneModel.admit`, or a property."""
    owner, _, method = name.partition(".")
    assert hasattr(_MODEL[owner], method)


def test_each_test_exists() -> None:
    """By its name, wherever it stands."""
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^ *def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert set(_named("Tests")) - there == set()


def test_each_transition_has_its_rule() -> None:
    """A transition that the page does not explain would have rules that stand nowhere."""
    assert set(TRANSITIONS) <= set(_named("Lua"))


def test_each_method_of_the_model_has_its_rule() -> None:
    """Those that other files call; the private ones are steps of these."""
    public = {name for owner in (LaneModel, LaneRules) for name in vars(owner) if not name.startswith("_")}
    assert public <= {name.partition(".")[2] for name in _named("Model")}
