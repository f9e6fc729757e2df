"""What a company or a learner writes steers no terminal: control, C1 and bidi characters never pass raw."""

import json
import socket
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from lessonhook.config import Settings, visible, visible_lines
from lessonhook.console.commands.receive import _PrintingReceiver
from lessonhook.console.processes import LOOPBACK
from lessonhook.console.views import output
from lessonhook.ledger import Kind, Outcome, Reason, new_signing_secret
from lessonhook.producer import CompletionEvent, Producer
from lessonhook.producer.sample import sample_event
from tests.support.environment import environment_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.canary import CANARY, raw_in
from tests.support.people.stored_events import Stored
from tests.support.processes.command_line import Cli
from tests.support.processes.terminal import TerminalProcess


@pytest.fixture
def event_id(producer: Producer, customer: object) -> str:
    """Return a stored event with the canary in each field that takes text."""
    del customer
    event: dict[str, Any] = {
        "subscriber": "acme",
        "user": {
            "id": CANARY,
            "name": CANARY,
            "email": CANARY,
            "ext_uid": CANARY,
            "custom_fields": {CANARY: CANARY},
        },
        "lesson": {"id": CANARY, "title": CANARY},
        "completed_at": "2026-01-01T00:00:00Z",
    }
    return producer.publisher.send(CompletionEvent(**event)).id


@pytest.mark.parametrize(
    "command",
    [
        ["event", "{id}", "--show-body"],
        ["event", "{id}", "--show-body", "--json"],
        ["events", "acme"],
        ["events", "acme", "--json"],
        ["curl", "acme", "{id}", "--show-body"],
        ["curl", "acme", "{id}", "--show-body", "--reveal"],
        ["status"],
        ["status", "acme", "--json"],
        ["subscriptions", "show", "acme"],
        ["subscriptions", "list"],
        ["subscriptions", "list", "--json"],
        ["sample", "--subscriber", "acme"],
        ["audit"],
        ["reconcile", "acme"],
        ["doctor"],
        ["find", "a"],
        ["find", "a", "--json"],
        ["audit", "--json"],
        ["reconcile", "acme", "--json"],
        ["doctor", "--json"],
        ["health"],
        ["settings"],
        ["settings", "--json"],
        ["statement", "acme"],
        ["backfill", "status"],
        ["replay", "acme", "{id}", "--dry-run"],
        # What a person gives as an argument is shown in the complaint about it.
        ["event", CANARY],
        ["status", CANARY],
        ["subscriptions", "show", CANARY],
        ["pause", CANARY],
        ["resume", CANARY],
        ["events", CANARY],
        ["events", "acme", "--state", CANARY],
        ["events", "acme", "--user-id", CANARY],
        ["find", CANARY],
        ["curl", "acme", CANARY],
        ["curl", CANARY, CANARY],
        ["replay", "acme", CANARY],
        ["drop", "acme", CANARY],
        ["erase", "acme", CANARY],
        ["send-test", CANARY],
        ["statement", CANARY],
        ["reconcile", CANARY],
        ["audit", CANARY],
        ["backfill", "status", CANARY],
        ["page", CANARY],
        ["rebuild", CANARY],
        ["sample", "--subscriber", CANARY],
        ["subscriptions", "change", CANARY],
        ["subscriptions", "remove", CANARY],
        ["subscriptions", "rotate-secret", CANARY],
        ["subscriptions", "pull-token", CANARY],
        [CANARY],
        ["status", f"--{CANARY}"],
        ["subscriptions", "put", "acme", f"https://acme.example/{CANARY}"],
        ["subscriptions", "put", "acme", "https://acme.example/", "--ack-present", f"$['{CANARY}']"],
        ["subscriptions", "put", CANARY, "https://acme.example/"],
    ],
    ids=lambda command: " ".join(command).encode("unicode_escape").decode()[:60],
)
def test_no_command_writes_a_steering_character(cli: Cli, event_id: str, command: list[str]) -> None:
    """Through every field of an event, and through arguments."""
    ran = cli(*(part.replace("{id}", event_id) for part in command))
    assert raw_in(ran.out + ran.err) == []


def test_a_body_in_json_is_the_same_body(cli: Cli, producer: Producer, event_id: str) -> None:
    """The escapes are JSON's own."""
    stored = json.loads(producer.ledger.events.body("acme", event_id) or b"")
    shown = cli("event", event_id, "--show-body", "--json").json["body"]
    assert json.loads(shown) == stored


def test_the_command_for_a_shell_still_sends_the_very_bytes(cli: Cli, producer: Producer, event_id: str) -> None:
    """A signature is over the bytes, so the shell makes them of octal."""
    text = cli("curl", "acme", event_id, "--show-body").out
    data = text[text.index("--data-raw ") + len("--data-raw ") :].strip()
    made = subprocess.run(["/bin/sh", "-c", f"printf %s {data}"], capture_output=True, check=True).stdout
    assert made == producer.ledger.events.body("acme", event_id)


def test_lines_tables_and_documents_show_what_they_do_not_write(capsys: pytest.CaptureFixture[str]) -> None:
    """The one place where commands write."""
    output.write_line(CANARY)
    drawn = output.table()
    drawn.add_column("name")
    drawn.add_row(CANARY)
    output.out().print(drawn)
    output.err().print(CANARY)
    output.write_json({"name": CANARY})
    written = capsys.readouterr()
    assert raw_in(written.out + written.err) == []
    assert written.out.startswith(visible(CANARY))
    assert visible_lines("a\nb\x1b") == "a\nb\\u001b"


def test_what_an_endpoint_on_this_machine_prints_of_a_post(capsys: pytest.CaptureFixture[str]) -> None:
    """`receive` has a path, a webhook-id and a body of anybody's who can connect."""
    steering = CANARY.replace("\r\n", "").encode()
    body = CANARY.encode()
    request = (
        b"POST /" + steering.replace(b" ", b"") + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"webhook-id: " + steering + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    ) + body
    with (
        _PrintingReceiver(0, HTTPStatus.OK, bodies=True, secret=new_signing_secret()).listening() as receiver,
        socket.create_connection((LOOPBACK, int(receiver.address.partition(":")[2])), PATIENCE_SECONDS) as connection,
    ):
        connection.sendall(request)
        while connection.recv(65_536):
            pass
    written = capsys.readouterr()
    assert "POST /a\\u001b]0;x" in written.out
    assert raw_in(written.out + written.err) == []


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_what_a_rebuild_says_of_a_bad_line(cli: Cli, customer: object, tmp_path: Path, options: list[str]) -> None:
    """A record with fields, names and values that nobody expects."""
    del customer
    good = json.loads(sample_event("acme").model_dump_json())
    lines = [
        json.dumps(each, ensure_ascii=False).encode()
        for each in (
            good | {CANARY: 1},
            good | {"subscriber": CANARY},
            good | {"event_id": CANARY},
            good | {"completed_at": CANARY},
            good | {"user": {**good["user"], CANARY: CANARY}},
            good | {"report_card_url": f"https://lms.example/{CANARY}"},
            good | {"user": {**good["user"], "name": CANARY}},
            [CANARY],
        )
    ]
    file = tmp_path / "record"
    file.write_bytes(b"\n".join([*lines, CANARY.replace("\n", "").encode(), b"\xff\xfe\x1b[2J", b""]))
    ran = cli("rebuild", str(file), *options)
    assert ran.code == 1
    assert raw_in(ran.out + ran.err) == []


def test_what_a_watch_shows(cli: Cli, settings: Settings, stored: Stored, tmp_path: Path) -> None:
    """As lines, and as the table of a terminal, whose own control characters are no company's."""
    _, delivery = stored.in_flight()
    said = Outcome(kind=Kind.GONE, reason=Reason.STATUS, status=410, detail=CANARY, response=CANARY)
    stored.settle(delivery, said)
    for command in (["watch", "--looks", "1"], ["events", "acme"], ["status", "acme"]):
        ran = cli(*command)
        assert ran.code == 0
        assert raw_in(ran.out + ran.err) == []
    command = [sys.executable, "-m", "lessonhook.console", "watch", "--looks", "2", "--every", "0.2"]
    process = TerminalProcess("watch", command, environment_of(settings), tmp_path / "watch.log")
    process.start()
    assert process.wait() == 0
    drawn = process.logs()
    assert "\\u001b]0;x" in drawn
    for each in ("\x1b]0;x", "\x07", "\x9b", "\x7f", "\u202e", "\u2066", "\u2028", "\ufeff"):
        assert each not in drawn
