"""How the command line words and draws what it shows: times, URLs, lanes, settings."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from lessonhook.config import Settings
from lessonhook.console.event_text import event_lines, events_table
from lessonhook.console.lane_json import lane_document
from lessonhook.console.lane_table import Condition, condition, lanes_table, longest_wait_first, worst_first
from lessonhook.console.masking import masked_url
from lessonhook.console.settings_table import markdown, rows
from lessonhook.console.watch import picture
from lessonhook.console.watching import Look
from lessonhook.console.wording import ago, count, span
from lessonhook.ledger import Attempt, EventView, LaneStatus, Pause, State

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WELL = LaneStatus(
    subscriber="well",
    subscribed=True,
    paused=None,
    window=8,
    in_flight=0,
    queued=0,
    retrying=0,
    held=0,
    refused=0,
    delivered=12,
    expired=0,
    erased=0,
    recorded=12,
    oldest_undelivered_seconds=None,
    failures_in_a_row=0,
    last_outcome="accepted: 200",
    last_attempt=NOON,
    waiting_until=None,
)
PAUSED = replace(
    WELL,
    subscriber="paused",
    paused=Pause(since=NOON, why="attempts used up: status: 503"),
    held=3,
    oldest_undelivered_seconds=600.0,
    failures_in_a_row=3,
)
REMOVED = replace(WELL, subscriber="removed", subscribed=False, held=1)
FAILING = replace(WELL, subscriber="failing", retrying=1, failures_in_a_row=2, last_outcome="timeout: no answer")
WAITING = replace(WELL, subscriber="waiting", held=1, waiting_until=NOON)
SENDING = replace(WELL, subscriber="sending", in_flight=2, queued=1, oldest_undelivered_seconds=0.2)
ATTEMPT = Attempt(
    at=NOON, seconds=0.1, kind="failed", reason="status", status=503, detail="", answer="", worker="worker@host"
)
DERIVED_ID = "8ce76a0d-6c90-5a04-918c-1ffcad42f1ee"
EVENT = EventView(
    subscriber="acme",
    event_id="1",
    state=State.HELD,
    recorded=NOON,
    completed=NOON,
    due=None,
    closed=None,
    failed_attempts=2,
    posts=2,
    leases_lost=0,
    pair="",
    last=ATTEMPT,
)


def drawn(*lanes: LaneStatus, columns: int) -> str:
    """Answer a table as a terminal of so many columns shows it."""
    return as_drawn(lanes_table(lanes), columns=columns)


def as_drawn(table: RenderableType, *, columns: int) -> str:
    """Answer any table so."""
    screen = StringIO()
    Console(file=screen, width=columns, markup=False, highlight=False, emoji=False).print(table)
    return screen.getvalue()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "-"),
        (0.04, "0.0s"),
        (9.94, "9.9s"),
        (10, "10s"),
        (59.9, "59s"),
        (60, "1m"),
        (3_599, "59m"),
        (3_600, "1h00"),
        (86_399, "23h59"),
        (86_400, "1d"),
        (400 * 86_400, "400d"),
    ],
)
def test_a_duration_is_said_in_at_most_six_characters(seconds: float | None, said: str) -> None:
    """The largest unit that fits, never rounded up."""
    assert span(seconds) == said
    assert len(said) <= 6


def test_a_moment_ahead_of_this_clock_is_now() -> None:
    """Redis' clock may be ahead of this machine's: nothing happened in the future."""
    assert ago(datetime.now(UTC) + timedelta(minutes=5)) == "0.0s ago"


@pytest.mark.parametrize(("number", "said"), [(0, "0 events"), (1, "1 event"), (20_000, "20,000 events")])
def test_counts_agree_with_their_noun(number: int, said: str) -> None:
    """One event, and two events."""
    assert count(number, "event") == said


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://acme.example/hook", "https://acme.example/hook"),
        ("https://acme.example/hook?", "https://acme.example/hook?"),
        ("https://acme.example/?sig=a%2fb&code=x=y", "https://acme.example/?sig=***&code=***"),
        ("https://acme.example/?bare-key", "https://acme.example/?***"),
        ("https://acme.example/?a=&b=1;c=2", "https://acme.example/?a=&b=***;c=***"),
        ("https://acme.example/?a=1?b=2", "https://acme.example/?a=***"),
    ],
)
def test_the_values_of_a_query_are_hidden(url: str, shown: str) -> None:
    """A key in the query stays secret, a name in it tells what was configured."""
    assert masked_url(url) == shown


@pytest.mark.parametrize(
    ("lane", "expected"),
    [
        (PAUSED, Condition.PAUSED),
        (REMOVED, Condition.REMOVED),
        (FAILING, Condition.FAILING),
        (WAITING, Condition.WAITING),
        (SENDING, Condition.SENDING),
        (WELL, Condition.WELL),
        (replace(WELL, subscribed=False), Condition.WELL),
    ],
)
def test_a_lane_is_called_by_the_worst_that_is_true_of_it(lane: LaneStatus, expected: Condition) -> None:
    """A paused lane has failures in a row too, and is called paused."""
    assert condition(lane) is expected


def test_trouble_is_on_top() -> None:
    """By condition, then by the age of the oldest event, then by refused events, then by name."""
    older = replace(PAUSED, subscriber="older", oldest_undelivered_seconds=9_000.0)
    refused = replace(WELL, subscriber="zz-refused", refused=4)
    shuffled = [WELL, SENDING, refused, PAUSED, WAITING, older, FAILING, REMOVED]
    names = [lane.subscriber for lane in worst_first(shuffled)]
    assert names == ["older", "paused", "removed", "failing", "waiting", "sending", "zz-refused", "well"]


def test_the_table_fits_80_columns_with_large_numbers_and_long_names() -> None:
    """No number is cut: a long name is folded instead."""
    busy = replace(
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
    assert re.search(r"paused: paused \S+ ago, 2026-03-01 12:00:00 UTC: attempts used up: status: 503", shown)
    assert "failing: 2 failed in a row, the last: timeout: no answer" in shown
    assert "well:" not in shown


def test_a_name_is_never_taken_for_markup() -> None:
    """A subscriber may be called [red]; that is its name and no colour."""
    assert "[red]:smile:" in drawn(replace(WELL, subscriber="[red]:smile:"), columns=80)


def test_the_document_of_a_lane_has_the_agreed_names_and_plain_values() -> None:
    """`paused` is null or an object; times are ISO 8601 with `Z`; what is not there is null."""
    document = lane_document(PAUSED)
    assert document["paused"] == {"since": "2026-03-01T12:00:00.000Z", "why": "attempts used up: status: 503"}
    agreed = ("subscriber", "window", "in_flight", "queued", "retrying", "held", "refused", "delivered")
    assert [document[name] for name in agreed] == ["paused", 8, 0, 0, 0, 3, 0, 12]
    assert document["oldest_undelivered_seconds"] == 600.0
    assert (lane_document(WELL)["paused"], lane_document(WELL)["oldest_undelivered_seconds"]) == (None, None)


def test_every_setting_is_listed_with_its_variable_and_its_meaning() -> None:
    """None is left out, and each says what it is."""
    listed = list(rows())
    assert len(listed) == len(Settings.model_fields)
    assert all(row.variable.startswith("LESSONHOOK_") and row.meaning for row in listed)
    assert {"LESSONHOOK_BROKER_URL", "LESSONHOOK_RETRY_DELAY_SECONDS"} <= {row.variable for row in listed}
    assert "| `LESSONHOOK_RETRY_DELAY_SECONDS` | `300` |" in markdown()


def watched(*lanes: LaneStatus, columns: int) -> list[str]:
    """Answer the lines of `lessonhook watch` at a terminal of so many columns."""
    screen = StringIO()
    console = Console(file=screen, width=columns, height=40, markup=False, highlight=False, emoji=False)
    console.print(picture(Look(list(lanes)), ["12:00:00 UTC paused: paused"], console.size))
    return screen.getvalue().splitlines()


def test_at_80_columns_a_watch_shows_every_figure_of_a_lane_in_one_line() -> None:
    """With large numbers and a long name; the last answer needs a wider terminal."""
    large = replace(
        PAUSED, subscriber="a-company-with-quite-a-long-name", held=123_456, last_outcome="status: 503: busy"
    )
    lines = watched(large, WELL, columns=80)
    assert "… paused    10m      8      0      0      0 123456" in "\n".join(lines)
    assert all(len(line) <= 80 for line in lines)
    assert not any("503" in line for line in lines)
    assert any("0 123456    -     - 503: busy" in line for line in watched(large, columns=120))


def test_a_watch_has_the_longest_wait_on_top() -> None:
    """Whatever else is wrong; where nothing waits, trouble is on top as everywhere."""
    old = replace(SENDING, subscriber="old", oldest_undelivered_seconds=900.0)
    still = replace(PAUSED, subscriber="still", held=0, oldest_undelivered_seconds=None)
    assert [lane.subscriber for lane in longest_wait_first([WELL, PAUSED, still, old])] == [
        "old",
        "paused",
        "still",
        "well",
    ]


def test_posts_by_hand_are_told_from_those_of_workers() -> None:
    """So that the number agrees with the attempts that are listed below it; only twenty of them are kept."""
    by_hand = replace(ATTEMPT, worker="replay by ada@host")
    event = replace(EVENT, last=by_hand)
    assert posts_said(event, [ATTEMPT, ATTEMPT, by_hand]) == "2, and 1 by hand; 2 failed in the present count"
    delivered = replace(event, state=State.DELIVERED, closed=NOON, posts=30)
    assert posts_said(delivered, [ATTEMPT] * 20) == "30; the last 20 are shown"


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_an_event_s_id_can_be_copied_from_a_narrow_terminal(columns: int) -> None:
    """In one piece; what gives way is the answer."""
    said = replace(ATTEMPT, detail="503: the endpoint says that it is not available now")
    shown = as_drawn(events_table([replace(EVENT, event_id=DERIVED_ID, last=said)]), columns=columns)
    assert DERIVED_ID in shown
    assert max(map(len, shown.splitlines())) <= columns


def test_an_id_of_the_lms_that_is_wider_than_the_terminal_is_shown_whole() -> None:
    """Over several lines; nothing of it is cut off."""
    shown = as_drawn(events_table([replace(EVENT, event_id="x" * 128)]), columns=80)
    assert shown.count("x") == 128


def posts_said(event: EventView, attempts: list[Attempt]) -> str:
    """Answer what `lessonhook event` says of the number of POSTs."""
    return list(event_lines(event, attempts))[-1].removeprefix("posts").strip()
