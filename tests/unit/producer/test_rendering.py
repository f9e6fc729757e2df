"""The body that is POSTed: the vendor's sample to the byte, and what each option and each odd value does to it."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessonhook.ledger.subscriptions import BodyOptions
from lessonhook.producer.contract import CompletionEvent, Lesson, User, parse_event
from lessonhook.producer.errors import InvalidCompletion
from lessonhook.producer.identity import event_id_of
from lessonhook.producer.rendering import BODY_LIMIT_BYTES, completion_of, render
from lessonhook.producer.sample import sample_event
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOT

GOLDEN = Path(__file__).parent / "golden"


PLAIN = BodyOptions()
EVERY = BodyOptions(external_user_ids=True, numeric_ids=True, deprecated_score=True)


def event(user: dict[str, Any] | None = None, lesson: dict[str, Any] | None = None, **changes: Any) -> CompletionEvent:
    """Make the sample completion, but for what a test changes."""
    sample = sample_event().model_dump()
    return parse_event(
        {
            **sample,
            **changes,
            "user": {**sample["user"], **(user or {})},
            "lesson": {**sample["lesson"], **(lesson or {})},
        }
    )


def body(completion: CompletionEvent, options: BodyOptions = PLAIN) -> Any:
    """Render and read back."""
    return json.loads(render(completion, options))


def test_the_body_equals_the_vendors_sample_byte_for_byte() -> None:
    """Key names, their order, nesting, types and blanks are those of the published sample."""
    assert render(sample_event(), BodyOptions(external_user_ids=True)) == (GOLDEN / "sample.json").read_bytes()


def test_every_null_stands_as_null() -> None:
    """What an LMS does not know is null, never 0 and never left out; custom fields are an object even so."""
    least = CompletionEvent(
        subscriber="acme",
        user=User(id=1, name="", email=""),
        lesson=Lesson(id=1000, title=""),
        completed_at="2015-04-28T14:36:24Z",
    )
    rendered = render(least, BodyOptions(external_user_ids=True, deprecated_score=True))
    assert rendered == (GOLDEN / "nulls.json").read_bytes()


def test_every_option_changes_its_own_part() -> None:
    """The vendor's older sample has `score` before `score_percent`; the company's own id stays text among numbers."""
    completion = event(user={"ext_uid": "00123"}, score_percent=Decimal("66.7"))
    assert render(completion, EVERY) == (GOLDEN / "every_option.json").read_bytes()


def test_the_external_id_is_there_only_if_the_company_uses_such_ids() -> None:
    """A receiver that was never told of `ext_uid` does not meet it."""
    assert "ext_uid" not in body(event(user={"ext_uid": "7"}))["user"]
    assert body(event(user={"ext_uid": None}), EVERY)["user"]["ext_uid"] is None


@pytest.mark.parametrize(
    "text",
    [
        "Zoë Größe-Łukasz",
        "李小龍",
        "👩🏽‍🚀 e\u0301",
        "\u202bمحمد بن سلمان\u202c",
        "שרה לוי",
        'quote " backslash \\ slash / tag </script>',
        "line\nfeed\ttab \u2028 \x07 bell",
        "  blanks kept  ",
    ],
)
def test_text_arrives_as_it_was_given(text: str) -> None:
    """Names and titles are plain UTF-8: nothing is trimmed, normalized or escaped beyond what JSON must."""
    completion = event(user={"name": text, "custom_fields": {text: text}}, lesson={"title": text})
    read = body(completion)
    assert (read["user"]["name"], read["user"]["custom_fields"], read["lesson"]["title"]) == (text, {text: text}, text)
    assert b"\\u" not in render(completion, PLAIN).replace(b"\\u0007", b"")


def test_custom_fields_keep_their_names_order_and_types() -> None:
    """Display names are the company's own words: empty, blank, dotted, numeric and look-alike ones are all names."""
    fields: dict[str, Any] = {
        "z": "last first",
        "": "empty name",
        " ": "blank name",
        "user.id": True,
        "7": 7,
        "id": 7.5,
        "__proto__": None,
        "Größe (cm)": -1,
        "Gehalt €": 10**20,
    }
    read = body(event(user={"custom_fields": fields}))["user"]["custom_fields"]
    assert list(read.items()) == list(fields.items())
    assert [type(value) for value in read.values()] == [type(value) for value in fields.values()]


@pytest.mark.parametrize(
    ("percent", "written", "deprecated"),
    [
        (100, "100.0", "1.0"),
        (0, "0.0", "0.0"),
        (66.7, "66.7", "0.667"),
        (Decimal("66.70"), "66.7", "0.667"),
        (Decimal("33.3333333333333333333333"), "33.333333333333336", "0.33333333333333337"),
        (7, "7.0", "0.07"),
        (0.00001, "0.00001", "0.0000001"),
        (None, "null", "null"),
    ],
)
def test_a_score_is_the_shortest_decimal_with_a_point(percent: Any, written: str, deprecated: str) -> None:
    """A reader that tells decimals from whole numbers sees one type always; a division would add digits."""
    rendered = render(event(score_percent=percent), BodyOptions(deprecated_score=True)).decode()
    assert f'"score": {deprecated}, "score_percent": {written}, ' in rendered


@pytest.mark.parametrize("number", ["0", "7", "-7", "9007199254740993", "9" * 400])
def test_numeric_ids_are_written_digit_for_digit(number: str) -> None:
    """Beyond 2^53 too: what a receiver rounds is its own business, what it is sent is right."""
    rendered = render(event(user={"id": number}, lesson={"id": number}), BodyOptions(numeric_ids=True))
    assert rendered.count(f'"id": {number}, '.encode()) == 2


@pytest.mark.parametrize("text", ["007", "1.0", "1e3", "+7", "-0", " 7", "7\n", "\u0667", "a7", "0x7"])
def test_an_id_that_is_no_number_is_refused_where_numbers_are_asked_for(text: str) -> None:
    """Leading zeros would be lost: another id would arrive. As text, any id is fine."""
    completion = event(lesson={"id": text})
    assert body(completion)["lesson"]["id"] == text
    with pytest.raises(InvalidCompletion, match=r"^lesson\.id: must be a whole number") as caught:
        render(completion, BodyOptions(numeric_ids=True))
    assert caught.value.__context__ is None


def test_a_body_that_is_too_large_is_refused() -> None:
    """The limit is of the bytes that are sent, and the error says it."""
    fields = {f"{number}": "é" * 4_096 for number in range(BODY_LIMIT_BYTES // 8_192)}
    with pytest.raises(InvalidCompletion, match=r"^completion: must be at most 262,144 bytes as JSON$"):
        render(event(user={"custom_fields": fields}), PLAIN)
    fields.popitem()
    assert len(render(event(user={"custom_fields": fields}), PLAIN)) <= BODY_LIMIT_BYTES


@pytest.mark.parametrize(
    ("given_time", "written"),
    [
        ("2015-04-28T14:36:24Z", "2015-04-28T14:36:24Z"),
        ("2015-04-28T16:36:24+02:00", "2015-04-28T14:36:24Z"),
        ("2015-04-28 20:06:24.999999+05:30", "2015-04-28T14:36:24Z"),
        ("2015-04-28T00:36:24-14:00", "2015-04-28T14:36:24Z"),
        ("20150428T143624Z", "2015-04-28T14:36:24Z"),
        ("2016-01-01T00:59:59+01:00", "2015-12-31T23:59:59Z"),
        ("0999-01-01T00:00:00Z", "0999-01-01T00:00:00Z"),
    ],
)
def test_a_time_of_any_zone_is_written_in_utc_and_whole_seconds(given_time: str, written: str) -> None:
    """A fraction is cut off, not rounded: what is sent is never later than what happened."""
    read = body(event(started_at=given_time, completed_at=given_time, assigned_at=given_time))
    assert [read[name] for name in ("started_at", "completed_at", "assigned_at")] == [written] * 3


_IN_ANOTHER_ZONE = """
import sys
from datetime import datetime
from zoneinfo import ZoneInfo
from lessonhook.producer.contract import CompletionEvent
from lessonhook.producer.rendering import render
from tests.unit.producer.test_rendering import PLAIN, event
# Twice that night the clocks showed 02:30 in Berlin; the second one is an hour later.
berlin = datetime(2015, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
completion = event(started_at=berlin, completed_at=berlin.replace(fold=1), assigned_at="2015-04-28T14:36:18Z")
sys.stdout.buffer.write(render(completion, PLAIN))
"""


@pytest.mark.parametrize("zone", ["UTC0", "KIR-14", "NST3:30NDT,M3.2.0,M11.1.0"])
def test_the_zone_of_the_machine_does_not_matter(zone: str) -> None:
    """The same bytes come from a machine anywhere, in the hour that daylight saving time repeats too."""
    run = subprocess.run(
        [sys.executable, "-c", _IN_ANOTHER_ZONE],
        env={**os.environ, "TZ": zone},
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    read = json.loads(run.stdout)
    assert [read[name] for name in ("started_at", "completed_at", "assigned_at")] == [
        "2015-10-25T00:30:00Z",
        "2015-10-25T01:30:00Z",
        "2015-04-28T14:36:18Z",
    ]


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
_ID = _TEXT.filter(str.strip) | st.integers()
_VALUE = (
    _TEXT
    | st.booleans()
    | st.integers(-(2**1000), 2**1000)
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
)
_OPTIONS = st.builds(BodyOptions, external_user_ids=st.booleans(), deprecated_score=st.booleans())
_PERCENT = st.none() | st.floats(0, 100).filter(lambda percent: str(percent) != "-0.0")


@given(
    ids=st.tuples(_ID, _ID, st.none() | _ID),
    texts=st.tuples(_TEXT, _TEXT, _TEXT),
    fields=st.dictionaries(_TEXT, _VALUE, max_size=8),
    percent=_PERCENT,
    mark=st.none() | st.integers(0, 100),
)
def test_what_is_read_back_is_what_went_in(
    ids: tuple[Any, Any, Any],
    texts: tuple[str, str, str],
    fields: dict[str, Any],
    percent: float | None,
    mark: int | None,
) -> None:
    """Whatever an event holds, a JSON reader gets the same values and the same order of custom fields."""
    completion = event(
        user={"id": ids[0], "ext_uid": ids[2], "name": texts[0], "email": texts[1], "custom_fields": fields},
        lesson={"id": ids[1], "title": texts[2], "retake_score": mark},
        score_percent=percent,
    )
    read = body(completion, BodyOptions(external_user_ids=True))
    external = None if ids[2] is None else str(ids[2])
    assert read["user"] == {
        "ext_uid": external,
        "id": str(ids[0]),
        "name": texts[0],
        "email": texts[1],
        "custom_fields": fields,
    }
    assert list(read["user"]["custom_fields"]) == list(fields)
    assert read["lesson"] == {"id": str(ids[1]), "title": texts[2], "retake_score": mark}
    assert read["score_percent"] == percent


@given(
    ids=st.tuples(_ID, _ID, st.none() | _ID),
    texts=st.tuples(_TEXT, _TEXT, _TEXT),
    fields=st.dictionaries(_TEXT, _VALUE, max_size=8),
    percent=_PERCENT,
    options=st.tuples(_OPTIONS, _OPTIONS),
)
def test_a_body_can_be_rendered_for_other_options(
    ids: tuple[Any, Any, Any],
    texts: tuple[str, str, str],
    fields: dict[str, Any],
    percent: float | None,
    options: tuple[BodyOptions, BodyOptions],
) -> None:
    """From a body and what not every body has; the bytes are those that the event itself is rendered to."""
    completion = event(
        user={"id": ids[0], "ext_uid": ids[2], "name": texts[0], "email": texts[1], "custom_fields": fields},
        lesson={"id": ids[1], "title": texts[2]},
        score_percent=percent,
    )
    present, other = options
    read = completion_of(
        render(completion, present),
        subscriber=completion.subscriber,
        event_id=event_id_of(completion),
        ext_uid=completion.user.ext_uid,
    )
    assert render(read, other) == render(completion, other)
    assert event_id_of(read) == event_id_of(completion)


def test_a_body_with_numeric_ids_can_be_rendered_without_them() -> None:
    """And the other way round."""
    completion = event(user={"id": "17", "ext_uid": "x"}, lesson={"id": 10**30})
    for present, other in ((PLAIN, EVERY), (EVERY, PLAIN)):
        body = render(completion, present)
        read = completion_of(body, subscriber="acme", event_id="one", ext_uid=completion.user.ext_uid)
        assert render(read, other) == render(completion, other)
