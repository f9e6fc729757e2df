"""How the command line draws what it shows: subscribers, events, settings."""

import ast
import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from lessonhook.config import Settings
from lessonhook.console.commands.settings import rows
from lessonhook.console.views.event_text import event_lines, events_table
from lessonhook.console.views.lane_table import STYLES, lanes_table
from lessonhook.console.views.watch_picture import picture
from lessonhook.desk import AttemptRecord, Condition, EventRecord, Look, SubscriberState
from lessonhook.ledger import State
from tests.support.rooms import ROOT
from tests.unit.desk.samples import ATTEMPT, DERIVED_ID, EVENT, FAILING, NOON, PAUSED, WELL, changed

#: What makes a line end within a text visible.
_ONE_LINE = frozenset({"Complaint", "write_line"})


def drawn(*states: SubscriberState, columns: int) -> str:
    """Return a table as a terminal of so many columns shows it."""
    return as_drawn(lanes_table(states), columns=columns)


def as_drawn(table: RenderableType, *, columns: int) -> str:
    """Return any table so."""
    screen = StringIO()
    Console(file=screen, width=columns, markup=False, highlight=False, emoji=False).print(table)
    return screen.getvalue()


def test_each_condition_has_its_colour() -> None:
    """A condition without one would end the command."""
    assert set(STYLES) == set(Condition)


def test_the_table_fits_80_columns_with_large_numbers_and_long_names() -> None:
    """No number is cut: a long name is folded instead."""
    busy = changed(
        PAUSED,
        subscriber="a-very-long-name-of-a-company",
        held=12_345,
        delivered=9_876_543,
        refused=321,
        retrying=4_321,
    )
    shown = drawn(busy, WELL, columns=80)
    assert max(map(len, shown.splitlines())) <= 80
    for number in ("12345", "9876543", "321", "4321"):
        assert re.search(rf"\b{number}\b", shown)
    assert "…" not in shown


def test_a_lane_in_trouble_says_why_below_the_table() -> None:
    """Since when it is paused and by what; how often it failed and how; a lane that is well says nothing."""
    shown = drawn(PAUSED, FAILING, WELL, columns=200)
    assert re.search(r"paused: paused \S+ ago, 2026-03-01 12:00:00 UTC: attempts used up: 503", shown)
    assert "failing: 2 failed in a row, the last: timeout: no response" in shown
    assert "well:" not in shown


def test_a_name_is_never_taken_for_markup() -> None:
    """A subscriber may be called [red]; that is its name and no colour."""
    assert "[red]:smile:" in drawn(changed(WELL, subscriber="[red]:smile:"), columns=80)


def test_every_setting_is_listed_with_its_variable_and_its_meaning() -> None:
    """None is left out, and each says what it is."""
    listed = list(rows())
    assert len(listed) == len(Settings.model_fields)
    assert all(row.variable.startswith("LESSONHOOK_") and row.meaning for row in listed)
    assert {"LESSONHOOK_BROKER_URL", "LESSONHOOK_RETRY_DELAY_SECONDS"} <= {row.variable for row in listed}
    assert {row.default for row in listed if row.variable == "LESSONHOOK_RETRY_DELAY_SECONDS"} == {"300"}


def watched(*states: SubscriberState, columns: int) -> list[str]:
    """Return the lines of `lessonhook watch` at a terminal of so many columns."""
    screen = StringIO()
    console = Console(file=screen, width=columns, height=40, markup=False, highlight=False, emoji=False)
    console.print(picture(Look(list(states)), ["12:00:00 UTC paused: paused"], console.size))
    return screen.getvalue().splitlines()


def test_at_80_columns_a_watch_shows_every_figure_of_a_lane_in_one_line() -> None:
    """With large numbers and a long name; the last response needs a wider terminal."""
    large = changed(
        PAUSED, subscriber="a-company-with-quite-a-long-name", held=123_456, last_outcome="status: 503: busy"
    )
    lines = watched(large, WELL, columns=80)
    assert "… paused    10m      8      0      0     0 123456" in "\n".join(lines)
    assert all(len(line) <= 80 for line in lines)
    assert not any("503" in line for line in lines)
    assert any("0 123456    -     - 503: busy" in line for line in watched(large, columns=120))


def test_posts_by_hand_are_told_from_those_of_workers() -> None:
    """So that the number agrees with the attempts that are listed below it; only twenty of them are kept."""
    by_hand = changed(ATTEMPT, worker="replay by ada@host")
    event = changed(EVENT, last_attempt=by_hand)
    assert posts_said(event, [ATTEMPT, ATTEMPT, by_hand]) == "2, and 1 by hand; 2 failed in the present count"
    delivered = changed(event, state=State.DELIVERED, closed=NOON, posts=30)
    assert posts_said(delivered, [ATTEMPT] * 20) == "30; the last 20 are shown"


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_an_event_s_id_can_be_copied_from_a_narrow_terminal(columns: int) -> None:
    """In one piece; what gives way is the response."""
    said = changed(ATTEMPT, detail="503: the endpoint says that it is not available now")
    shown = as_drawn(events_table([changed(EVENT, event_id=DERIVED_ID, last_attempt=said)]), columns=columns)
    assert DERIVED_ID in shown
    assert max(map(len, shown.splitlines())) <= columns


def test_an_id_of_the_lms_that_is_wider_than_the_terminal_is_shown_whole() -> None:
    """Over several lines; nothing of it is cut off."""
    shown = as_drawn(events_table([changed(EVENT, event_id="x" * 128)]), columns=80)
    assert shown.count("x") == 128


def posts_said(event: EventRecord, attempts: list[AttemptRecord]) -> str:
    """Return what `lessonhook event` says of the number of POSTs."""
    return list(event_lines(event, attempts))[-1].removeprefix("posts").strip()


def _texts_of_one_line(file: Path) -> list[str]:
    """Return the literal texts that a file hands to what writes one line."""
    calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    lines = [call for call in calls if getattr(call.func, "attr", getattr(call.func, "id", "")) in _ONE_LINE]
    parts = [part for call in lines for argument in call.args for part in ast.walk(argument)]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


@pytest.mark.parametrize("file", sorted(ROOT.glob("console/lessonhook/**/*.py")), ids=lambda file: file.stem)
def test_one_line_is_one_line(file: Path) -> None:
    """A line end in it would be shown as the sign that stands for one, because others choose parts of these texts."""
    assert [text for text in _texts_of_one_line(file) if "\n" in text] == []
