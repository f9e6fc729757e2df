"""What an endpoint echoes of what it was sent is masked, however it writes it."""

import base64
import html
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from lessonhook.ledger.subscriptions.subscription import Subscription
from lessonhook.worker.client import Post
from lessonhook.worker.client.response_masking import shown

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def attempt(*, body: object = None, url: str = "https://h.example/", **subscription: Any) -> Post:
    """Make an attempt that was sent."""
    return Post(
        event_id="1",
        subscription=Subscription(subscriber="acme", callback_url=url, **subscription),
        body=json.dumps(body).encode(),
    )


@pytest.mark.parametrize(
    ("authorization", "echo"),
    [
        ("Token MARK-1", "you sent Token MARK-1!"),
        ("Token MARK-1", "bad token: MARK-1"),
        ("MARK-1 ", "[MARK-1]"),
        ("Token  a  MARK-1", "MARK-1"),
        (f"Basic {base64.b64encode(b'user:MARK-1').decode()}", "wrong password MARK-1 of user:MARK-1"),
        (f"Basic {base64.b64encode(b'MARK-1:password').decode()}", "no user MARK-1"),
        ('Key id="MARK<1>"', html.escape('no: Key id="MARK<1>"')),
        ('Key id="MARK<1>"', json.dumps('no: Key id="MARK<1>"')),
    ],
)
def test_credentials_are_masked_whole_and_in_part(authorization: str, echo: str) -> None:
    """The value, the token within it, a Basic password, and the ways in which HTML and JSON write them."""
    assert "MARK" not in shown(echo.encode(), attempt(authorization=authorization))


@pytest.mark.parametrize(
    "written",
    [
        html.escape,
        lambda text: html.escape(text).replace("&#x27;", "&#039;"),
        lambda text: html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: json.dumps(text).replace("/", "\\/"),
        quote,
        quote_plus,
        lambda text: quote(text, safe=""),
        str.upper,
        str.lower,
    ],
    ids=["Python", "PHP", "Flask", "JSON", "UTF-8 JSON", "PHP's JSON", "URL", "form", "escaped", "capitals", "small"],
)
def test_an_echo_is_masked_however_it_is_written(written: Callable[[str], str]) -> None:
    """By the libraries that endpoints are made with; in a page of Latin-1 too."""
    token, name = "Key a/MARK'1\"+x==", "Zoë MARK/Öz"
    post = attempt(authorization=token, body={"user": {"name": name}})
    for echo in (written(f"{token}, {name}").encode(), written(name).encode("latin-1", "ignore")):
        response = shown(b"sent: " + echo, post).upper()
        assert "MARK" not in response
        assert response.startswith("SENT: ")


def test_what_is_cut_off_is_masked_as_far_as_it_goes() -> None:
    """The beginning of a token at the end of what was read is no echo of all of it, and shows the most of it."""
    post = attempt(authorization="Token MARK-1234567890")
    for echo in (b"Token MARK-12345", b"MARK-12345", b"MAR"):
        assert shown(b" " * (4096 - len(echo)) + echo + b"67890", post) == "***"
        assert shown(b"no: " + echo, post, cut=True) == "no: ***"


def test_the_proxys_credentials_are_masked() -> None:
    """A proxy's own page may show what it was sent."""
    assert (
        shown(b"got Basic TUFSSw==, TUFSSw==", attempt(), credentials=["Basic TUFSSw==", "TUFSSw=="]) == "got ***, ***"
    )


def test_signing_secrets_are_masked() -> None:
    """They are never sent, but an endpoint's debug page may know its own copy."""
    post = attempt(signing_secret=SECRET)
    assert "MfKQ9r8" not in shown(f"expected {SECRET}, or {SECRET[6:]}".encode(), post)


def test_the_keys_in_a_url_are_masked() -> None:
    """`sig=` of a low-code platform is all that a caller needs."""
    post = attempt(url="https://h.example/run?api-version=1&sig=MARK%2fx")
    assert (
        shown(b"POST /run?api-version=1&sig=MARK%2fx failed: MARK/x MARK%2fx", post) == "POST /run?*** failed: *** ***"
    )


def test_the_learners_data_is_masked() -> None:
    """Names and addresses of the body, in any script and as JSON escapes them."""
    post = attempt(body={"user": {"name": "Zoë Öz", "email": "zoe@company.com", "tags": ["الاسم"]}, "n": 5})
    echo = json.dumps({"got": json.loads(post.body)}) + " Zoë Öz الاسم"
    response = shown(echo.encode(), post)
    assert not any(mark in response for mark in ("Zo", "company", "الاسم", "u0627"))


def test_a_response_without_echo_is_shown_as_it_is() -> None:
    """The endpoint's own words are what the attempt log is for."""
    assert shown(b'{"error": "unknown lesson"}', attempt(authorization="Token x")) == '{"error": "unknown lesson"}'


@pytest.mark.parametrize(("response", "text"), [(b"", ""), (b"{}", "{}"), (b"\xff\xfe", "��"), (b"a\r\nb\tc", "a b c")])
def test_any_bytes_become_one_printable_line(response: bytes, text: str) -> None:
    """A log line stays a line."""
    assert shown(response, attempt()) == text


def test_a_body_that_is_no_json_does_not_hinder() -> None:
    """A test message may be anything."""
    post = Post(event_id="1", subscription=attempt().subscription, body=b"not json")
    assert shown(b"not json", post) == "not json"
