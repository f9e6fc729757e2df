"""Acknowledgement rules: what they may be, and what confirms an acceptance by them."""

import json
from typing import Any

import pytest
from requests import Response
from requests.structures import CaseInsensitiveDict

from lessonhook.ledger import InvalidSubscription, Kind, Outcome, Reason, Subscription
from lessonhook.ledger.subscriptions.acknowledgement import Acknowledgement, steps_of
from lessonhook.worker.client.acknowledgement_check import unconfirmed

URL = "https://acme.example/hook"


def response(body: bytes = b"", status: int = 200, content_type: str | None = None) -> Response:
    """Make what came back."""
    made = Response()
    made.status_code = status
    made._content = body
    made.headers = CaseInsensitiveDict({} if content_type is None else {"content-type": content_type})
    return made


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$.id", ["id"]),
        ("$.result.items[0].id", ["result", "items", 0, "id"]),
        ("$['a name']['']", ["a name", ""]),
        ("$[12]", [12]),
        ("$._a-b", ["_a-b"]),
        ("$", None),
        ("", None),
        ("id", None),
        ("$.", None),
        ("$..id", None),
        ("$.a[*]", None),
        ("$.a[-1]", None),
        ("$.a b", None),
        ("$.a[01]", None),
        ("$['it's']", None),
    ],
)
def test_a_path_names_one_place(path: str, steps: list[str | int] | None) -> None:
    """Names and positions of JSONPath; no wildcards, no filters."""
    assert steps_of(path) == steps


@pytest.mark.parametrize(
    ("rule", "problems"),
    [
        ({}, {"acknowledgement": "must name a status, a content_type or a path; leave it out for none"}),
        ({"status": 404}, {"acknowledgement.status": "must be at most 299"}),
        (
            {"content_type": f"{'a' * 128}/json"},
            {"acknowledgement.content_type": "must be a media type without parameters, such as application/json"},
        ),
        *(
            (
                {"present": f"$['{mark}']"},
                {
                    "acknowledgement.present": (
                        "must be printable: no control characters and none that change the direction of text"
                    )
                },
            )
            for mark in ("\x1b[2J", "\n", "\x9b", "\u202e")
        ),
        (
            {"content_type": "json"},
            {"acknowledgement.content_type": "must be a media type without parameters, such as application/json"},
        ),
        (
            {"present": "$..secret"},
            {"acknowledgement.present": "must be a path such as $.result.id or $.items[0], at most 200 characters"},
        ),
    ],
    ids=["empty", "status", "long type", "escape", "line", "C1", "bidi", "content type", "path"],
)
def test_a_wrong_rule_is_refused_by_name(rule: dict[str, Any], problems: dict[str, str]) -> None:
    """Alone and in a subscription, without a value in any text."""
    with pytest.raises(InvalidSubscription) as alone:
        Acknowledgement(**rule)
    with pytest.raises(InvalidSubscription) as inside:
        Subscription(subscriber="acme", callback_url=URL, acknowledgement=rule)  # type: ignore[arg-type]  # from JSON
    assert alone.value.problems == inside.value.problems == problems
    assert alone.value.__context__ is None


def test_a_subscription_keeps_and_shows_its_rule() -> None:
    """In the ledger's document, in the view, and in words."""
    rule = Acknowledgement(status=201, content_type="Application/JSON", present="$.id", absent="$.skipped")
    saved = Subscription.from_document(
        Subscription(subscriber="acme", callback_url=URL, acknowledgement=rule).to_document()
    )
    assert saved.acknowledgement == saved.view().acknowledgement == rule
    assert str(rule) == "status 201, content type application/json, $.id there, $.skipped not there"
    plain = Subscription.from_document(Subscription(subscriber="acme", callback_url=URL).to_document())
    assert plain.acknowledgement is None


def test_what_a_newer_release_adds_to_a_rule_is_ignored() -> None:
    """As with all of a subscription."""
    document = json.loads(Subscription(subscriber="acme", callback_url=URL).to_document())
    document["acknowledgement"] = {"status": 200, "schema": "of a later release"}
    saved = Subscription.from_document(json.dumps(document).encode())
    assert str(saved.acknowledgement) == "status 200"


ID_THERE = Acknowledgement(present="$.result.id")
NOT_SKIPPED = Acknowledgement(absent="$.skipped")


@pytest.mark.parametrize(
    ("rule", "received", "lacking"),
    [
        (None, response(status=204), ""),
        (Acknowledgement(status=201), response(status=201), ""),
        (Acknowledgement(status=201), response(status=200), "its status is not 201"),
        (Acknowledgement(content_type="application/json"), response(content_type="Application/JSON; q=1"), ""),
        (
            Acknowledgement(content_type="application/json"),
            response(content_type="text/html"),
            "its content type is not application/json",
        ),
        (
            Acknowledgement(content_type="application/json"),
            response(),
            "its content type is not application/json",
        ),
        (ID_THERE, response(b'{"result": {"id": 0}}'), ""),
        (ID_THERE, response(b'{"result": {"id": null}}'), "its response has no $.result.id"),
        (ID_THERE, response(b'{"result": []}'), "its response has no $.result.id"),
        (ID_THERE, response(b'"result"'), "its response has no $.result.id"),
        (ID_THERE, response(b""), "its response is no JSON"),
        (ID_THERE, response(b"<html>"), "its response is no JSON"),
        (ID_THERE, response(b"\xff\xfe\x00"), "its response is no JSON"),
        (ID_THERE, response(b"[" * 60_000), "its response is no JSON"),
        (ID_THERE, response(b"9" * 60_000), "its response is no JSON"),
        (NOT_SKIPPED, response(b'{"skipped": true}'), "its response has $.skipped"),
        (NOT_SKIPPED, response(b'{"skipped": ""}'), "its response has $.skipped"),
        (NOT_SKIPPED, response(b'{"skipped": false}'), ""),
        (NOT_SKIPPED, response(b"{}"), ""),
        (Acknowledgement(present="$[1]"), response(b"[0, 1]"), ""),
        (Acknowledgement(present="$[2]"), response(b"[0, 1]"), "its response has no $[2]"),
    ],
)
def test_a_response_confirms_what_its_rule_wants(
    rule: Acknowledgement | None, received: Response, lacking: str
) -> None:
    """Null and false count as not there; what can't be read confirms nothing, and raises nothing."""
    assert unconfirmed(rule, received) == lacking


def test_all_parts_of_a_rule_must_hold() -> None:
    """The first that does not is named."""
    rule = Acknowledgement(status=200, present="$.id", absent="$.skipped")
    assert unconfirmed(rule, response(b'{"id": 1}')) == ""
    assert unconfirmed(rule, response(b'{"id": 1, "skipped": true}')) == "its response has $.skipped"
    assert unconfirmed(rule, response(b'{"skipped": true}')) == "its response has no $.id"


def test_an_outcome_says_that_it_is_unconfirmed() -> None:
    """In the words that Flower and the status show."""
    said = Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200, unconfirmed="its response has $.skipped")
    assert str(said) == "accepted: 200, unconfirmed: its response has $.skipped"
