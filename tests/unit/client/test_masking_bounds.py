"""The work of masking one response is bounded, whatever was sent and whatever came back."""

import html
import json
from urllib.parse import quote_plus

import pytest

from lessonhook.worker.client.response_masking import NOT_SHOWN, shown
from tests.fuzz.masking import counted, search
from tests.fuzz.masking_inputs import Case

#: Lines of Python: twice what the search finds. They are counted and not timed, so that a busy machine decides nothing.
MOST_LINES = 36_000


def test_the_costliest_response_that_a_search_finds_is_masked_in_bounded_time() -> None:
    """The search varies the costliest of what it knows; `python -m tests.fuzz.masking` times them, for longer."""
    _, worst = search(1, cases=300, measured=counted)
    assert worst[0].cost < MOST_LINES, str(worst[0].case)


@pytest.mark.parametrize(
    "case",
    [
        Case(count=63, length=4096, step=1, head="", filling="a", echo_length=4096),
        Case(
            count=190, length=560, head="K" * 40, filling="<&\"'/ é", written=("html", "json", "url"), echo_length=560
        ),
        Case(count=200, length=1290, head="ab", filling="z", tail="c", echo_length=5000),
    ],
)
def test_what_repeats_too_much_of_what_was_sent_is_not_shown(case: Case) -> None:
    """These three took 170, 230 and 45 ms when each text was searched for by itself."""
    masked = counted(case)
    assert masked.cost < MOST_LINES
    assert masked.text in {NOT_SHOWN, "***"}


@pytest.mark.parametrize(
    "case",
    [
        # Each character is folded to two or three, and each text ends otherwise than the response.
        Case(head="İİİ", filling="İ", length=400, echo_length=400),
        Case(count=20, head="ΐΐΐ", filling="ΐ", length=200, tail="xΐ", echo_length=400, echo_tail="😀"),
        Case(count=20, head="ΐΐΐ", filling="ΐ", length=200, tail="xΐ", echo_length=310, echo_tail="😀"),
        # Long to parse.
        Case(head="ä", filling="日", length=1_000, step=0, echo_length=310),
        # Many texts that are too short to be masked.
        Case(count=1, query_values=2_000, authorization="a a a " * 600),
    ],
    ids=["folded to two", "folded to three", "differs at its end", "long to parse", "many short texts"],
)
def test_work_within_one_line_is_counted_as_well(case: Case) -> None:
    """Python folds, compares and parses thousands of characters in one line; each has its price in steps."""
    masked = counted(case)
    assert masked.cost < MOST_LINES
    assert masked.text == NOT_SHOWN


def test_a_body_that_takes_long_to_parse_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its length is looked at before."""

    def refuse(body: bytes) -> object:
        raise AssertionError(len(body))

    case = Case(head="ä", filling="日", length=1_000, step=0, echo_length=310)
    monkeypatch.setattr(json, "loads", refuse)
    assert shown(case.response(), case.post()) == NOT_SHOWN


def test_an_endpoint_that_echoes_a_usual_event_has_its_own_words_shown() -> None:
    """The bound is far above what an honest endpoint needs, however it writes the echo."""
    case = Case(count=12, length=30, head="Sales & <Support> ", filling="é", step=1)
    for written in (str, html.escape, quote_plus):
        response = f'{{"error": "no such lesson", "sent": {written(json.dumps(case.texts()))}}}'.encode()
        text = shown(response, case.post())
        assert text.startswith('{"error": "no such lesson", "sent": ')
        assert "Support" not in text


@pytest.mark.parametrize("written", [json.dumps, html.escape, quote_plus], ids=["JSON", "HTML", "form"])
@pytest.mark.parametrize("kept", range(1, 60))
def test_an_escape_that_is_cut_off_hides_no_beginning(written: object, kept: int) -> None:
    """The half of an escape at the end of what was read does not keep the beginning before it from being masked."""
    case = Case(count=1, length=40, head="MARK", filling='é"ß/&', step=0)
    echo = written(case.texts()[0])  # type: ignore[operator]
    text = shown(b"no: " + echo.encode()[:kept], case.post(), cut=True)
    assert "MARK" not in text.upper()
