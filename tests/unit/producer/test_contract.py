"""What a completion may say, field by field: the right is taken as it is, the wrong is refused by its rule."""

import math
import pickle
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessonhook.ledger.errors import InvalidSubscription
from lessonhook.ledger.subscriptions.subscription import Subscription
from lessonhook.producer import explaining
from lessonhook.producer.contract import CompletionEvent, Lesson, User, parse_event
from lessonhook.producer.errors import InvalidCompletion
from lessonhook.producer.sample import sample_event

LONGEST = "x" * 4_096


class Level(StrEnum):
    """A choice of an LMS, kept as an enumeration."""

    EXPERT = "expert"


class Shifty(tzinfo):
    """A zone that does not know its offset."""

    def utcoffset(self, _: datetime | None) -> timedelta | None:
        """Return nothing."""
        return None

    def dst(self, _: datetime | None) -> timedelta | None:
        """Return nothing."""
        return None

    def tzname(self, _: datetime | None) -> str | None:
        """Return nothing."""
        return None


def fields(path: str, value: Any) -> dict[str, Any]:
    """Return the sample's fields with one of them, named by its dotted path, changed."""
    changed = sample_event().model_dump()
    *parts, name = path.split(".")
    holder = changed
    for part in parts:
        holder = holder[part]
    holder[name] = value
    return changed


def taken(path: str, value: Any) -> Any:
    """Return the value after validation."""
    found: Any = parse_event(fields(path, value))
    for part in path.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("path", ["user.id", "lesson.id", "user.ext_uid"])
@pytest.mark.parametrize(
    ("value", "kept"), [("7", "7"), (7, "7"), (-7, "-7"), (2**70, str(2**70)), (" 7 ", " 7 "), (LONGEST, LONGEST)]
)
def test_an_id_is_text_and_a_number_becomes_text(path: str, value: Any, kept: str) -> None:
    """An LMS's ids are often numbers; receivers round those above 2^53, and text is never rounded."""
    assert taken(path, value) == kept


@pytest.mark.parametrize("path", ["user.name", "user.email", "lesson.title"])
@pytest.mark.parametrize("value", ["", " ", "Zoë 👩🏽‍🚀 محمد", "a\r\nb", LONGEST])
def test_text_is_kept_as_it_is(path: str, value: str) -> None:
    """An untitled lesson and a learner without an e-mail are completions too."""
    assert taken(path, value) == value


def test_what_is_optional_is_null() -> None:
    """The rest is required; null is what is sent for these, except custom fields, which are an object always."""
    event = CompletionEvent(
        subscriber="acme",
        user=User(id=1, name="Ada", email=""),
        lesson=Lesson(id=2, title="Safety"),
        completed_at=datetime(2015, 4, 28, tzinfo=UTC),
    )
    assert event.user.custom_fields == {}
    assert (event.user.ext_uid, event.lesson.retake_score, event.score_percent) == (None, None, None)
    assert (event.started_at, event.assigned_at, event.report_card_url, event.event_id) == (None, None, None, None)


@pytest.mark.parametrize(
    ("path", "value", "kept"),
    [
        ("subscriber", 42, "42"),
        ("score_percent", 100, 100.0),
        ("score_percent", Decimal("66.7"), 66.7),
        *(("score_percent", value, 0.0) for value in (-0.0, Decimal("-0.00"), -1e-12)),
        *(("score_percent", value, 100.0) for value in (100.00000000000001, Decimal("100.0000000000000000001"))),
        ("lesson.retake_score", 0, 0),
        *(("lesson.retake_score", value, 80) for value in (80.0, Decimal("80.00000"), Decimal("8E1"))),
        *(("lesson.retake_score", value, 0) for value in (-0.0, Decimal("-0.00"), -1e-17)),
        *(("lesson.retake_score", 0.01 * mark * 100, mark) for mark in (7, 57, 99)),
        *(("lesson.retake_score", value, 100) for value in (100.00000000000001, 99.99999999999999, Decimal("1E+2"))),
        ("report_card_url", "HTTPS://LMS.example/r?a=%2f&b=+#ü", "HTTPS://LMS.example/r?a=%2f&b=+#ü"),
        ("user.custom_fields", MappingProxyType({"Level": Level.EXPERT}), {"Level": "expert"}),
        ("user.custom_fields", {"Pay": Decimal("12.10")}, {"Pay": 12.1}),
        (
            "user.custom_fields",
            {str(number): None for number in range(200)},
            {str(number): None for number in range(200)},
        ),
    ],
)
def test_a_value_of_another_type_is_taken_where_nothing_is_lost(path: str, value: Any, kept: Any) -> None:
    """Django gives decimals, enumerations and read-only mappings; a URL stays as it was written."""
    assert taken(path, value) == kept


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        *(
            (path, value, "must be text or a whole number")
            for path in ("user.id", "lesson.id")
            for value in (1.0, True, None, b"7", [7])
        ),
        *(
            (path, value, "must not be blank")
            for path in ("user.id", "lesson.id", "user.ext_uid")
            for value in ("", " \t")
        ),
        *(
            (path, value, "must be text")
            for path in ("user.name", "lesson.title", "user.email")
            for value in (None, 7, b"x")
        ),
        *(
            (path, LONGEST + "x", "must be at most 4,096 characters")
            for path in ("user.name", "user.id", "report_card_url")
        ),
        *((path, "a\x00b", "must not hold a NUL character") for path in ("user.name", "user.id", "lesson.title")),
        *(
            (path, "a\ud800", "must not hold half of a surrogate pair")
            for path in ("user.name", "user.id", "lesson.title")
        ),
        pytest.param("user.id", 10**5_000, "must be at most 4,096 characters", id="a number of 5,001 digits"),
        ("subscriber", "a/b", "must be 1 to 128 printable ASCII characters without blank, slash and braces"),
        ("score_percent", "66.7", "must be a number from 0 to 100, or null for a lesson without a score"),
        ("score_percent", True, "must be a number from 0 to 100, or null for a lesson without a score"),
        *(
            ("score_percent", value, "must be from 0 to 100")
            for value in (
                math.nan,
                math.inf,
                -1,
                100.1,
                10**400,
                Decimal("100.000001"),
                -0.000001,
                Decimal("NaN"),
                Decimal("sNaN"),
            )
        ),
        *(
            ("lesson.retake_score", value, "must be a whole number")
            for value in (85.5, 85.000001, "85", True, Decimal("85.1"), math.nan, Decimal("sNaN"), 1e300)
        ),
        ("lesson.retake_score", -1, "must be at least 0"),
        ("lesson.retake_score", 101, "must be at most 100"),
        *(
            ("completed_at", value, "must have a zone or an offset: a naive time is refused")
            for value in (
                datetime(2015, 4, 28),  # noqa: DTZ001 - the subject
                datetime(2015, 4, 28, tzinfo=Shifty()),
                "2015-04-28T14:36:24",
                "2015-04-28",
            )
        ),
        *(
            ("started_at", value, "must be a date and time in ISO 8601 with its offset, such as Z or +02:00")
            for value in ("", "yesterday", "2015-02-30T00:00:00Z", "28/04/2015 14:36Z", "\ud800")
        ),
        *(
            ("assigned_at", value, "must be a datetime with a zone, or ISO 8601 text with an offset")
            for value in (1430231784, b"2015-04-28T14:36:24Z", datetime(2015, 4, 28, tzinfo=UTC).date())
        ),
        ("completed_at", None, "must be a datetime with a zone, or ISO 8601 text with an offset"),
        ("completed_at", "0001-01-01T00:00:00+02:00", "must be in the years 1 to 9999 of UTC"),
        *(
            ("report_card_url", value, "must be an http or https URL without blanks or control characters")
            for value in (
                "",
                "/assignments/100",
                "ftp://lms.example",
                "https://lms.example/a b",
                "https://lms.example\n",
            )
        ),
        ("report_card_url", 7, "must be text"),
        *((path, value, "must be an object") for path in ("user", "lesson") for value in (None, "x", [1])),
        *(
            ("user.custom_fields", value, "must be an object: display names and their values")
            for value in (None, [1], "x")
        ),
        ("user.custom_fields", {str(number): 1 for number in range(201)}, "must be at most 200 fields"),
        ("user.custom_fields", {"a": 1, 7: 1}, "the name of entry 2 must be text"),
        ("user.custom_fields", {LONGEST + "x": 1}, "the name of entry 1 must be at most 4,096 characters"),
        ("user.custom_fields", {"\ud800": 1}, "the name of entry 1 must not hold half of a surrogate pair"),
        ("user.custom_fields", {"a": "\x00"}, "the value of entry 1 must not hold a NUL character"),
        *(
            ("user.custom_fields", {"a": value}, "the value of entry 1 must be a finite number")
            for value in (math.nan, math.inf, Decimal("NaN"))
        ),
        *(
            (
                "user.custom_fields",
                {"a": 1, "b": value},
                "the value of entry 2 must be text, a number, true, false or null",
            )
            for value in ([1], {"c": 1}, b"x", datetime(2015, 4, 28, tzinfo=UTC), Decimal("sNaN"))
        ),
        ("event_id", "test-42", "must not begin with test-: receivers take it for a sample"),
        ("user.custom_fields", {"a": 2**1023}, "the value of entry 1 must be a whole number within a double's range"),
    ],
)
def test_a_wrong_value_is_refused_by_field_and_rule(path: str, value: Any, rule: str) -> None:
    """The same words from the constructor, from a dict and for a dict's own sake."""
    with pytest.raises(InvalidCompletion) as caught:
        parse_event(fields(path, value))
    assert caught.value.problems == {path: rule}
    with pytest.raises(InvalidCompletion) as constructed:
        CompletionEvent(**fields(path, value))
    assert str(constructed.value) == str(caught.value) == f"{path}: {rule}"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("scor", "is unknown; did you mean score_percent?"),
        ("score", "is unknown; did you mean score_percent?"),
        ("compleded_at", "is unknown; did you mean completed_at?"),
        ("user.emial", "is unknown; did you mean user.email?"),
        ("lesson.tittle", "is unknown; did you mean lesson.title?"),
        ("email", "is unknown here; did you mean user.email?"),
        ("id", "is unknown here; did you mean user.id or lesson.id?"),
        ("lesson.zzz", "is unknown; known here: id, title, retake_score"),
    ],
)
def test_an_unknown_field_is_refused_and_the_nearest_one_named(path: str, hint: str) -> None:
    """A mistyped field that was ignored would be data lost without a word."""
    with pytest.raises(InvalidCompletion) as caught:
        parse_event(fields(path, "x"))
    assert caught.value.problems == {path: hint}


def test_an_unknown_field_of_any_length_is_compared_with_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison takes as long as the name is: 10 MB cost a caller more than a second."""
    compared: list[int] = []

    def compare(name: str, *_: object, **__: object) -> list[str]:
        compared.append(len(name))
        return []

    monkeypatch.setattr(explaining, "get_close_matches", compare)
    for name in ("x" * 40, "x" * 41, "x" * 10_000_000):
        with pytest.raises(InvalidCompletion) as caught:
            CompletionEvent.model_validate({name: 1})
        assert "is unknown; known here: subscriber, user" in str(caught.value)
        assert len(str(caught.value)) < 500
    assert compared == [40]


def test_a_part_made_on_its_own_names_its_place_in_the_event() -> None:
    """Its error reads the same as that of the whole event."""
    with pytest.raises(InvalidCompletion) as caught:
        User(id=True, nam="Ada", email="")  # type: ignore[call-arg]  # the subject
    assert caught.value.problems == {
        "user.id": "must be text or a whole number",
        "user.name": "is required",
        "user.nam": "is unknown; did you mean user.name?",
    }


@pytest.mark.parametrize("wrong", [None, "x", 7, [("subscriber", "acme")], User(id=1, name="", email="")])
def test_what_is_no_event_is_refused(wrong: Any) -> None:
    """An event or a dict of its fields, and nothing else."""
    with pytest.raises(InvalidCompletion, match=r"^completion: must be"):
        parse_event(wrong)


def test_an_event_survives_json_and_pickle() -> None:
    """An LMS may keep it in an outbox, or hand it to another process, and publish it from there."""
    event = sample_event(event_id="x")
    assert parse_event(event.model_dump(mode="json")) == event
    assert CompletionEvent.model_validate_json(event.model_dump_json()) == event
    assert pickle.loads(pickle.dumps(event)) == event  # noqa: S301 - of our own making


@given(st.text(st.characters(max_codepoint=0x100), max_size=3) | st.integers() | st.booleans())
def test_an_event_and_a_subscription_agree_on_what_a_subscriber_is_called(name: Any) -> None:
    """A name that only one of them took could never be delivered to."""
    try:
        subscription = Subscription(subscriber=name, callback_url="https://lms.example").subscriber
    except InvalidSubscription:
        subscription = None
    try:
        event = parse_event(fields("subscriber", name)).subscriber
    except InvalidCompletion:
        event = None
    assert subscription == event
