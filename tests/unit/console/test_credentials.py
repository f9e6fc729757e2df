"""How credentials come in: never by an argument, byte for byte, and never lost without a word."""

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.options.credentials import Given, choose_credentials
from lessonhook.console.options.secret_input import read_secret, read_variable
from lessonhook.producer import Subscription

NOTHING = Given("authorization", None, None, dropped=False)
NO_SECRET = Given("signing-secret", None, None, dropped=False)
SAVED = Subscription(
    subscriber="acme",
    callback_url="https://acme.example/",
    authorization="Token old",
    signing_secret="whsec_" + "A" * 32,
    previous_signing_secret="whsec_" + "B" * 32,
)


def given(file: Path | None = None, variable: str | None = None, *, dropped: bool = False) -> Given:
    """Return what a command line says of the authorization."""
    return Given("authorization", file, variable, dropped)


def text(value: Any) -> str | None:
    """Return a credential in the open."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with a credential."""
    path = tmp_path / "token"
    path.write_text("Token new\n")
    return path


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"Token abc", "Token abc"),
        (b"Token abc\n", "Token abc"),
        (b"Token abc\r\n", "Token abc"),
        (b"Token abc \n", "Token abc "),
        (b"Token  abc\t \n\n", "Token  abc\t \n"),
        ("Token ä".encode(), "Token ä"),
        (b"", ""),
    ],
)
def test_one_line_end_is_dropped_and_every_other_byte_kept(tmp_path: Path, content: bytes, value: str) -> None:
    """An editor ends a file with a line end; a trailing blank is the value's own."""
    path = tmp_path / "token"
    path.write_bytes(content)
    assert read_secret(path, "authorization") == value


def test_the_standard_input_is_read_whole_where_it_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """For pipes and here-documents."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Token abc\n")))
    assert read_secret(Path("-"), "authorization") == "Token abc"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named_and_nothing_of_it_shown(tmp_path: Path, content: bytes | None) -> None:
    """Missing, or no text: wrong usage, with the file's name."""
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Complaint, match=r"authorization: .*token") as raised:
        read_secret(path, "authorization")
    assert raised.value.code is ExitCode.WRONG_USAGE


def test_a_variable_is_read_only_where_it_is_named() -> None:
    """One left over in the shell sends nobody's token to somebody else."""
    environment = {"LESSONHOOK_AUTHORIZATION": "Token left over", "ACME_TOKEN": "Token abc"}
    assert read_variable(None, "authorization", environment) is None
    assert read_variable("ACME_TOKEN", "authorization", environment) == "Token abc"
    with pytest.raises(Complaint, match="the environment has no OTHER"):
        read_variable("OTHER", "authorization", environment)


def test_a_new_subscription_has_the_credentials_that_are_given(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a file or from a variable; none given, none saved."""
    monkeypatch.setitem(os.environ, "ACME_TOKEN", "Token abc")
    by_file = choose_credentials(given(file), NO_SECRET, None, keep=False)
    by_variable = choose_credentials(given(variable="ACME_TOKEN"), NO_SECRET, None, keep=False)
    assert (by_file["authorization"], by_variable["authorization"]) == ("Token new", "Token abc")
    assert choose_credentials(NOTHING, NO_SECRET, None, keep=False) == {"authorization": None, "signing_secret": None}


def test_a_credential_that_is_set_is_not_dropped_without_a_word() -> None:
    """The complaint names the ways out."""
    with pytest.raises(Complaint, match=r"authorization is set: .*--keep-credentials or --no-authorization"):
        choose_credentials(NOTHING, NO_SECRET, SAVED, keep=False)


@pytest.mark.parametrize("saved", [None, SAVED])
def test_a_blank_credential_is_not_taken_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved: Subscription | None
) -> None:
    """A pipe that brought nothing would have the company's POSTs go without; the complaint says where it looked."""
    path = tmp_path / "token"
    path.write_text(" \n")
    monkeypatch.setitem(os.environ, "ACME_TOKEN", "")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    ways = {"token": given(path), "ACME_TOKEN": given(variable="ACME_TOKEN"), "the standard input": given(Path("-"))}
    for where, way in ways.items():
        with pytest.raises(Complaint, match=f"authorization: .*{where} has none; give --no-authorization"):
            choose_credentials(way, NO_SECRET, saved, keep=False)


def test_credentials_are_kept_on_request(file: Path) -> None:
    """All of them, the former signing secret too; one that is given takes the place of the saved one."""
    kept = choose_credentials(NOTHING, NO_SECRET, SAVED, keep=True)
    assert {name: text(value) for name, value in kept.items()} == {
        "authorization": "Token old",
        "signing_secret": "whsec_" + "A" * 32,
        "previous_signing_secret": "whsec_" + "B" * 32,
        "previous_secret_ends_at": None,
    }
    replaced = choose_credentials(given(file), NO_SECRET, SAVED, keep=True)
    assert (replaced["authorization"], text(replaced["signing_secret"])) == ("Token new", "whsec_" + "A" * 32)


def test_credentials_are_dropped_on_request() -> None:
    """And then the former signing secret goes too."""
    dropped = choose_credentials(
        given(dropped=True), Given("signing-secret", None, None, dropped=True), SAVED, keep=False
    )
    assert dropped == {"authorization": None, "signing_secret": None}


@pytest.mark.parametrize(
    "contradicting",
    [
        given(Path("token"), "NAME"),
        given(Path("token"), dropped=True),
        given(variable="NAME", dropped=True),
    ],
)
def test_contradicting_options_are_refused(contradicting: Given) -> None:
    """Nobody has to guess which one counted."""
    with pytest.raises(Complaint, match="exclude each other") as raised:
        choose_credentials(contradicting, NO_SECRET, None, keep=False)
    assert raised.value.code is ExitCode.WRONG_USAGE


def test_only_one_credential_comes_by_the_standard_input() -> None:
    """There is one standard input, and no rule that would split it."""
    stdin = Path("-")
    with pytest.raises(Complaint, match="only one credential"):
        choose_credentials(given(stdin), Given("signing-secret", stdin, None, dropped=False), None, keep=False)
