"""`lessonhook receive`: it checks signatures, forwards to a developer's program, and names each fault."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Self

import pytest

from lessonhook.console.commands.receive import _PrintingReceiver
from lessonhook.console.processes import free_port
from lessonhook.console.receiver import Forwarder
from lessonhook.console.receiver import receiver as receiver_module
from lessonhook.ledger import new_signing_secret
from lessonhook.ledger.subscriptions import signature
from lessonhook.receiver import verify
from tests.support.endpoints.exchange import Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.processes.command_line import Cli

SECRET = new_signing_secret()
BODY = b'{"score_percent": 100.0}'


def _headers(*secrets: str, age_seconds: int = 0) -> dict[str, str]:
    timestamp = int(time.time()) - age_seconds
    return {
        "webhook-id": "7",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secrets, event_id="7", timestamp=timestamp, body=BODY),
    }


def _post(headers: dict[str, str], body: bytes = BODY) -> int:
    with _PrintingReceiver(0, HTTPStatus.OK, bodies=False, secret=SECRET).listening() as receiver:
        connection = http.client.HTTPConnection(receiver.address, timeout=PATIENCE_SECONDS)
        connection.request("POST", "/acme", body, headers)
        status = connection.getresponse().status
        connection.close()
    return status


def test_a_signature_of_ours_holds_also_while_a_secret_is_rotated(capsys: pytest.CaptureFixture[str]) -> None:
    """One signature of the known secret suffices among several."""
    assert _post(_headers(new_signing_secret(), SECRET)) == HTTPStatus.OK
    assert "status 200, signature holds" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        (dict, BODY, "not signed: no webhook-id and no webhook-timestamp and no webhook-signature header"),
        (lambda: _headers(SECRET) | {"webhook-timestamp": "9" * 5_000}, BODY, "no number of seconds"),
        (lambda: _headers(SECRET, age_seconds=86_400), BODY, "s old, and at most 300 s are allowed"),
        (lambda: _headers(SECRET, age_seconds=-86_400), BODY, "s ahead of this clock"),
        (lambda: _headers(new_signing_secret()), BODY, "of another secret or of other bytes"),
        (lambda: _headers(SECRET), BODY + b" ", "of another secret or of other bytes"),
    ],
    ids=["unsigned", "no-time", "old", "ahead", "other-secret", "other-bytes"],
)
def test_a_fault_is_named_and_refused(
    headers: Callable[[], dict[str, str]], body: bytes, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The developer of a receiver sees why, and the sender gets 401."""
    assert _post(headers(), body) == HTTPStatus.UNAUTHORIZED
    assert words in capsys.readouterr().out


def test_a_value_that_is_no_secret_is_refused(cli: Cli, tmp_path: Path) -> None:
    """The command does not listen with a secret that no signature could match."""
    file = tmp_path / "secret"
    file.write_text("Token abc\n")
    refused = cli("receive", "--signing-secret-file", str(file))
    assert refused.code == 2
    assert "must be whsec_ and base64" in refused.err


class _Program:
    """A developer's own program: keeps what came over the wire, and responds as it was told."""

    def __init__(self, response: bytes) -> None:
        self._response = response
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.came = b""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/completions?of=acme"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(PATIENCE_SECONDS)
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            while not self.came.endswith(BODY):
                self.came += connection.recv(65_536)
            connection.sendall(self._response)


def _forward(
    forwarder: Forwarder, headers: dict[str, str], *, secret: str | None = None
) -> tuple[int, bytes, http.client.HTTPMessage]:
    receiver = _PrintingReceiver(0, HTTPStatus.OK, bodies=False, secret=secret, forwarder=forwarder)
    with receiver.listening():
        connection = http.client.HTTPConnection(receiver.address, timeout=PATIENCE_SECONDS)
        connection.putrequest("POST", "/acme", skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(BODY)
        response = connection.getresponse()
        came = response.status, response.read(), response.headers
        connection.close()
    return came


def test_a_post_is_forwarded_as_it_came_and_the_response_goes_back(capsys: pytest.CaptureFixture[str]) -> None:
    """The bytes, and each header in its own letters and order; the status, the wait and the body of the program."""
    headers = {
        "Content-Type": "application/json",
        "X-Odd-CASE": "caf\xe9  twice",
        **_headers(SECRET),
        "Authorization": "Token abc ",
        "Content-Length": str(len(BODY)),
    }
    response = b"HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\nContent-Length: 5\r\nX-Own: no\r\n\r\nlater"
    with _Program(response) as program:
        status, body, back = _forward(Forwarder(program.url), headers, secret=SECRET)
        port = program.url.split("/")[2]
    assert (status, body, back["Retry-After"], back["X-Own"]) == (429, b"later", "7", None)
    head, _, sent = program.came.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    assert line == "POST /completions?of=acme HTTP/1.1"
    assert fields == [f"Host: {port}", *(f"{name}: {value}" for name, value in headers.items()), "Connection: close"]
    assert sent == BODY
    assert "status 429, signature holds, forwarded: 429 in 0." in capsys.readouterr().out


def test_what_is_not_trusted_is_not_forwarded(capsys: pytest.CaptureFixture[str]) -> None:
    """The program would get what it must refuse."""
    forwarder = Forwarder(f"http://127.0.0.1:{free_port()}/")
    unsigned = {"Content-Length": str(len(BODY))}
    assert _forward(forwarder, unsigned, secret=SECRET)[0] == HTTPStatus.UNAUTHORIZED
    assert "forwarded" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("response", "status", "words"),
    [
        (b"", 502, "closed the connection without a response, so 502"),
        (b"220 mail.example ESMTP\r\n", 502, "is no HTTP, so 502"),
    ],
)
def test_a_program_that_does_not_speak_http_is_named(
    response: bytes, status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sender gets 502 and sends it again later."""
    with _Program(response) as program:
        assert _forward(Forwarder(program.url), {"Content-Length": str(len(BODY))})[0] == status
    printed = capsys.readouterr().out
    assert "not forwarded: " in printed
    assert words in printed


def test_a_program_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """The usual mistake: it was not started, or listens elsewhere."""
    port = free_port()
    assert _forward(Forwarder(f"http://127.0.0.1:{port}/"), {"Content-Length": str(len(BODY))})[0] == 502
    assert f"not forwarded: nothing listens at 127.0.0.1:{port}; start your program" in capsys.readouterr().out


def test_a_program_that_hangs_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """The sender is not kept waiting longer than it waits itself."""
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        port = hanging.getsockname()[1]
        forwarder = Forwarder(f"http://127.0.0.1:{port}/", timeout_seconds=0.2)
        assert _forward(forwarder, {"Content-Length": str(len(BODY))})[0] == HTTPStatus.GATEWAY_TIMEOUT
    assert f"127.0.0.1:{port} did not respond within 0.2 s, so 504" in capsys.readouterr().out


def test_a_program_that_drips_is_cut_after_the_same_time(capsys: pytest.CaptureFixture[str]) -> None:
    """The timeout of a socket begins anew with each byte, so that a drip would keep the sender for ever."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as dripping:

        def drip() -> None:
            connection, _ = dripping.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
                while not over.wait(0.05):
                    connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            forwarder = Forwarder(f"http://127.0.0.1:{dripping.getsockname()[1]}/", timeout_seconds=0.5)
            status = _forward(forwarder, {"Content-Length": str(len(BODY))})[0]
        finally:
            over.set()
            thread.join()
    assert status == HTTPStatus.GATEWAY_TIMEOUT
    assert "did not respond within 0.5 s, so 504" in capsys.readouterr().out


def test_a_program_cannot_write_headers_or_half_a_response_to_the_sender() -> None:
    """A folded header stays one header; an interim response is none."""
    folded = b"HTTP/1.1 302 Found\r\nLocation: /a\r\n Set-Cookie: b\r\nContent-Length: 0\r\n\r\n"
    with _Program(folded) as program:
        status, _, back = _forward(Forwarder(program.url), {"Content-Length": str(len(BODY))})
    assert (status, back["Location"], back["Set-Cookie"]) == (302, "/a Set-Cookie: b", None)
    with _Program(b"HTTP/1.1 103 Early Hints\r\n\r\n") as program:
        assert _forward(Forwarder(program.url), {"Content-Length": str(len(BODY))})[0] == HTTPStatus.BAD_GATEWAY


def test_a_program_reads_the_very_body_that_was_checked() -> None:
    """A sender that claims two lengths could have it read another one, and take the rest for a second request."""
    with _Program(b"HTTP/1.1 204 No Content\r\n\r\n") as program:
        receiver = _PrintingReceiver(0, HTTPStatus.OK, bodies=False, secret=None, forwarder=Forwarder(program.url))
        with receiver.listening(), socket.create_connection(("127.0.0.1", _port(receiver))) as sender:
            lengths = f"Content-Length: 00{len(BODY)}\r\nContent-Length: 0\r\n"
            sender.sendall(f"POST /acme HTTP/1.1\r\nHost: x\r\n{lengths}\r\n".encode() + BODY)
            assert sender.recv(65_536).startswith(b"HTTP/1.1 204 ")
    head = program.came.partition(b"\r\n\r\n")[0]
    assert head.lower().count(b"content-length") == 1
    assert f"\r\nContent-Length: {len(BODY)}\r\n".encode() in head


def test_a_crowd_of_connections_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a thread. The one that said nothing for longest goes, and a sender gets through."""
    monkeypatch.setattr(receiver_module, "CONNECTION_LIMIT", 4)
    with _PrintingReceiver(0, HTTPStatus.OK, bodies=False, secret=None).listening() as receiver:
        crowd = [socket.create_connection(("127.0.0.1", _port(receiver))) for _ in range(12)]
        connection = http.client.HTTPConnection(receiver.address, timeout=PATIENCE_SECONDS)
        connection.request("POST", "/acme", BODY)
        assert connection.getresponse().status == HTTPStatus.OK
        for sock in crowd[:8]:
            sock.settimeout(PATIENCE_SECONDS)
            assert sock.recv(1) == b""
        connection.close()
        for sock in crowd:
            sock.close()


def test_a_sender_that_drips_is_cut(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It would keep its thread for ever. What came of its body is no POST, and a traceback tells nobody anything."""
    monkeypatch.setattr(receiver_module, "CONNECTION_SECONDS", 0.5)
    with (
        _PrintingReceiver(0, HTTPStatus.OK, bodies=False, secret=None).listening() as receiver,
        socket.create_connection(("127.0.0.1", _port(receiver))) as dripping,
    ):
        dripping.sendall(b"POST /acme HTTP/1.1\r\nContent-Length: 1000\r\n\r\n")
        with pytest.raises(OSError, match=r"reset|pipe"):  # noqa: PT012 - the write that meets the closed connection
            while True:
                dripping.sendall(b"x")
                time.sleep(0.02)  # between two drips
    assert capsys.readouterr() == ("", "")


def test_a_line_shows_the_beginning_of_what_is_long(capsys: pytest.CaptureFixture[str]) -> None:
    """A sender may send 64 KiB of a path, and of an id."""
    with _PrintingReceiver(0, HTTPStatus.OK, bodies=False, secret=None).listening() as receiver:
        connection = http.client.HTTPConnection(receiver.address, timeout=PATIENCE_SECONDS)
        connection.request("POST", f"/{'p' * 60_000}", BODY, {"webhook-id": "i" * 60_000})
        assert connection.getresponse().status == HTTPStatus.OK
        connection.close()
    [line] = capsys.readouterr().out.splitlines()
    assert len(line) < 500
    assert f"{'p' * 200}…" in line
    assert f"{'i' * 200}…" in line


def _port(receiver: _PrintingReceiver) -> int:
    return int(receiver.address.rpartition(":")[2])


@pytest.mark.parametrize(
    ("length", "status"),
    [
        *((length, HTTPStatus.LENGTH_REQUIRED) for length in (None, "-1", "many")),
        *((length, HTTPStatus.REQUEST_ENTITY_TOO_LARGE) for length in ("99999999", "9" * 30, "9" * 5_000)),
    ],
)
def test_a_post_without_a_length_or_with_an_endless_one_is_refused(length: str | None, status: HTTPStatus) -> None:
    """As HTTP says, and no memory is set aside for it; the next POST is served."""
    with _PrintingReceiver(0, HTTPStatus.OK, bodies=False, secret=None).listening() as receiver:
        connection = http.client.HTTPConnection(receiver.address, timeout=PATIENCE_SECONDS)
        connection.putrequest("POST", "/acme")
        if length is not None:
            connection.putheader("Content-Length", length)
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()
        connection.request("POST", "/acme", BODY)
        assert connection.getresponse().status == HTTPStatus.OK
        connection.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--forward", "localhost:5000"), "--forward: must be an http or https URL"),
        (("--forward", "http://127.0.0.1:99999/"), "--forward: must be an http or https URL"),
        (("--forward", "http://ada:secret@127.0.0.1:5000/"), "--forward: must not hold a name or a password"),
        (("--forward", "http://localhost:8099/"), "that is where this command itself listens"),
        (("--forward", "http://127.0.0.1:5000/", "--status", "503"), "--status and --forward exclude each other"),
    ],
)
def test_a_url_that_cannot_be_forwarded_to_is_refused(cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    """Before anything listens; nothing of the URL is quoted."""
    refused = cli("receive", *arguments)
    assert refused.code == 2
    assert words in refused.err
    assert "secret" not in refused.err


def test_what_a_worker_sends_is_forwarded_and_the_program_decides(cli: Cli, customer: Customer) -> None:
    """From the LMS through the command to a real receiver: its acceptance is the event's."""
    forwarder = Forwarder(customer._receiver.url("/program"))
    receiver = _PrintingReceiver(0, HTTPStatus.OK, bodies=False, secret=SECRET, forwarder=forwarder)
    with receiver.listening():
        customer.subscribe(callback_url=receiver.url("acme"), signing_secret=SECRET, authorization="Token abc")
        assert cli("send-test", "acme").code == 0
        customer._receiver.respond("/program", Response(status=500))
        refused = cli("send-test", "acme")
        assert refused.code == 1
    first, second = customer._receiver.posts
    assert first.header("authorization") == second.header("authorization") == "Token abc"
    assert verify({name: first.header(name) or "" for name in _headers(SECRET)}, first.body, SECRET).is_test
    assert "status 500, signature holds, forwarded: 500" in refused.out
