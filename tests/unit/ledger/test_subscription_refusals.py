"""Each option of a subscription, and each kind of value that it refuses, with the rule in its own words."""

from typing import Any, Final

import pytest

from lessonhook.ledger import InvalidSubscription, new_signing_secret
from lessonhook.ledger.subscriptions import Options
from lessonhook.producer import Subscription

URL: Final = "https://acme.example/hook"
#: In a value that is refused; no text may quote it.
MARK: Final = "MARK-5e0d"
_SECRET: Final = new_signing_secret()
_NO_BOOL: Final = "must be true or false"
_NO_NUMBER: Final = "must be a number, and not true or false"
_ADDRESS: Final = "must be e-mail addresses such as ada@acme.example"
_STATUS: Final = "must be statuses from 300 to 499; 2xx count anyway"
_LANGUAGE: Final = "must be 'ar', 'de', 'en', 'es', 'fr', 'it', 'ja', 'nl', 'pt', 'ru', 'sv' or 'zh'"
_PATH: Final = "must be a path such as $.result.id or $.items[0], at most 200 characters"
_PRINTABLE: Final = "must be printable: no control characters and none that change the direction of text"
_TYPE: Final = "must be a media type without parameters, such as application/json"
_NO_SWITCH: Final = [
    (value, _NO_BOOL) for value in (MARK, "", None, 2, -1, 1.5, float("nan"), b"x", [], [True], {}, {"a": True})
]

#: The values that an option refuses, with the rule.
REFUSED: Final[dict[str, list[tuple[Any, str]]]] = {
    "external_user_ids": _NO_SWITCH,
    "numeric_ids": _NO_SWITCH,
    "deprecated_score": _NO_SWITCH,
    "pull": _NO_SWITCH,
    "authorization_from_provider": _NO_SWITCH,
    "monthly_statement": [
        *_NO_SWITCH,
        (True, "needs a signing_secret, because a statement is signed"),
    ],
    "max_in_flight": [
        (0, "must be at least 1"),
        (-1, "must be at least 1"),
        (1001, "must be at most 1000"),
        (10**30, "must be at most 1000"),
        (1.5, "must be a whole number"),
        (float("nan"), "must be a finite number"),
        (MARK, "must be a whole number"),
        ("", "must be a whole number"),
        ([8], "must be a whole number"),
        ({}, "must be a whole number"),
        (True, _NO_NUMBER),
        (False, _NO_NUMBER),
    ],
    "max_per_second": [
        (0, "must be at least 0.0003"),
        (1e-12, "must be at least 0.0003"),
        (-1, "must be at least 0.0003"),
        (1000.5, "must be at most 1000"),
        (float("nan"), "must be a finite number"),
        (float("inf"), "must be a finite number"),
        (MARK, "must be a number"),
        ("", "must be a number"),
        ([2], "must be a number"),
        (True, _NO_NUMBER),
        (False, _NO_NUMBER),
    ],
    "late_completions": [
        (value, "must be 'send' or 'skip'") for value in (MARK, "", "SKIP", " skip", None, 1, True, ["skip"])
    ],
    "acknowledgement": [
        (MARK, "must be an object"),
        (True, "must be an object"),
        (201, "must be an object"),
        ([], "must be an object"),
        ({}, "must name a status, a content_type or a path; leave it out for none"),
        ({"status": None}, "must name a status, a content_type or a path; leave it out for none"),
        ({MARK: 1}, "has a field that is not known; known are status, content_type, present, absent"),
        ({"status": 199}, "must be at least 200"),
        ({"status": 300}, "must be at most 299"),
        ({"status": MARK}, "must be a whole number"),
        ({"status": True}, _NO_NUMBER),
        ({"content_type": MARK}, _TYPE),
        ({"content_type": ""}, _TYPE),
        ({"content_type": 1}, _TYPE),
        ({"content_type": "application/json; charset=utf-8"}, _TYPE),
        ({"present": MARK}, _PATH),
        ({"present": "$"}, _PATH),
        ({"present": "$.a[*]"}, _PATH),
        ({"present": "$." + "a" * 200}, _PATH),
        ({"present": 1}, "must be text"),
        ({"absent": "skipped"}, _PATH),
        ({"absent": "$['\x1b']"}, _PRINTABLE),
    ],
    "accept_statuses": [
        ("302;409", "must be statuses such as 302,409"),
        ((" " * 7).join(map(str, range(300, 310))) + ",nonsense", "must be statuses such as 302,409"),
        ("302" + " " * 198 + "409", "must be statuses such as 302,409"),
        (",".join(map(str, range(300, 340))), "must be at most 10 statuses"),
        (MARK, "must be statuses such as 302,409"),
        (302, "must be a list of statuses"),
        (True, "must be a list of statuses"),
        ({302: 1}, "must be a list of statuses"),
        ([200], _STATUS),
        ([500], _STATUS),
        ([299, 302], _STATUS),
        (["302"], _STATUS),
        ([True], _STATUS),
        ([302.0], _STATUS),
        ([None], _STATUS),
        ([410], "must not have 410 and 429: the lane obeys these"),
        ([302, 429], "must not have 410 and 429: the lane obeys these"),
        (list(range(300, 311)), "must be at most 10 statuses"),
    ],
    "notice_addresses": [
        (MARK, _ADDRESS),
        ("a@", _ADDRESS),
        ("@b.example", _ADDRESS),
        ("a@b@c.example", _ADDRESS),
        ("a@b..example", _ADDRESS),
        ([""], _ADDRESS),
        ([None], _ADDRESS),
        ([1], _ADDRESS),
        (["a b@c.example"], _ADDRESS),
        (["a@b.example\nBcc: x@y.example"], _ADDRESS),
        (["a@b.example\r"], _ADDRESS),
        (["\x1b@b.example"], _ADDRESS),
        (["Ada <a@b.example>"], _ADDRESS),
        (["a" * 65 + "@b.example"], _ADDRESS),
        (["a@" + ".".join(["b" * 60] * 5)], _ADDRESS),
        (["\u202ea@b.example"], "must be e-mail addresses without invisible characters"),
        ([f"a{number}@b.example" for number in range(11)], "must be at most 10 addresses"),
        (1, "must be a list of e-mail addresses"),
        (True, "must be a list of e-mail addresses"),
        ({"a@b.example": 1}, "must be a list of e-mail addresses"),
    ],
    "notice_language": [(value, _LANGUAGE) for value in (MARK, "", "EN", "en-GB", None, 1, True, ["en"])],
}
#: Right alone, and wrong beside the others: the fields, with the one that is named and its rule.
CONTRADICTIONS: Final[list[tuple[dict[str, Any], str, str]]] = [
    (
        {"authorization": "Token abc", "authorization_from_provider": True},
        "authorization",
        "must be left out: authorization_from_provider has a function provide it",
    ),
    (
        {"monthly_statement": True, "pull": True, "signing_secret": _SECRET},
        "monthly_statement",
        "needs a subscription without pull, because a statement is posted",
    ),
    ({"previous_signing_secret": _SECRET}, "previous_signing_secret", "needs a signing_secret that follows it"),
    ({"callback_url": ""}, "callback_url", "must have between 1 and 8000 characters"),
    ({"previous_secret_ends_at": -1}, "previous_secret_ends_at", "must be at least 0"),
    ({"previous_secret_ends_at": True}, "previous_secret_ends_at", _NO_NUMBER),
    ({"previous_secret_ends_at": 253_370_764_800}, "previous_secret_ends_at", "must be before the year 9999"),
    ({"previous_secret_ends_at": 10**18}, "previous_secret_ends_at", "must be before the year 9999"),
]


def refusal(**fields: Any) -> InvalidSubscription:
    """Return the error that refuses a subscription with these fields."""
    with pytest.raises(InvalidSubscription) as caught:
        Subscription.model_validate({"subscriber": "acme", "callback_url": URL, **fields})
    return caught.value


def test_each_option_has_its_rows() -> None:
    """A new one is not forgotten."""
    assert set(REFUSED) == set(Options.model_fields), "give REFUSED above the values that the option refuses"


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        pytest.param(name, value, rule, id=f"{name}-{number}")
        for name, rows in REFUSED.items()
        for number, (value, rule) in enumerate(rows)
    ],
)
def test_a_value_is_refused_in_the_rules_words(name: str, value: Any, rule: str) -> None:
    """By the name of the field, or of one in it; nothing of the value is quoted, wherever one looks."""
    refused = refusal(**{name: value})
    [(field, told)] = refused.problems.items()
    assert field.partition(".")[0] == name
    assert told == rule
    assert MARK not in f"{refused}{refused!r}{field}"
    assert refused.__context__ is None


@pytest.mark.parametrize(("fields", "name", "rule"), CONTRADICTIONS, ids=lambda value: "-".join(value)[:60])
def test_fields_that_contradict_each_other_are_refused(fields: dict[str, Any], name: str, rule: str) -> None:
    """The one is named that has to be changed."""
    assert refusal(**fields).problems == {name: rule}


@pytest.mark.parametrize("name", REFUSED)
def test_one_wrong_option_hides_no_other_wrong_field(name: str) -> None:
    """A page shows each rule beside its field."""
    value, _ = REFUSED[name][0]
    named = {field.partition(".")[0] for field in refusal(**{name: value}, subscriber="", callback_url="x").problems}
    assert named == {name, "subscriber", "callback_url"}
