"""`lessonhook rebuild`: what Redis has lost is published again from the LMS's record, and nothing else is."""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lessonhook.ledger import Ledger
from lessonhook.producer import CompletionEvent, Producer, Subscription
from lessonhook.producer.sample import sample_event
from tests.support.people.customer import Customer
from tests.support.processes.command_line import Cli
from tests.support.servers.server import Server

_SECRET = "Sample Sampleson"


def line(event: CompletionEvent) -> str:
    """Write a completion as the LMS would."""
    return event.model_dump_json()


def written(path: Path, lines: Iterable[str]) -> str:
    """Write a file, and return its name."""
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return str(path)


def ids(producer: Producer, subscriber: str = "acme") -> set[str]:
    """Name the undelivered events that the ledger has."""
    keys = producer.ledger.redis.scan_iter(f"lessonhook:*:event:{subscriber}/*")
    return {name.decode().rpartition("/")[2] for name in keys}


def test_a_lost_redis_is_filled_again(
    cli: Cli, customer: Customer, producer: Producer, server: Server, tmp_path: Path
) -> None:
    """Forty completions, Redis emptied, the subscription saved again: the same forty events, under the same ids."""
    completions = [customer.completion() for _ in range(40)]
    before = {producer.send_completion.delay(each).id for each in completions}
    file = written(tmp_path / "completions", map(line, completions))
    with server.client() as client:
        client.flushall()
    customer.subscribe()
    assert cli("rebuild", file, "--dry-run").out == "would be 40 published, 0 known already\n"
    assert ids(producer) == set()
    assert cli("rebuild", file).out == "40 published, 0 known already\n"
    assert ids(producer) == before


def test_what_is_known_is_left_alone(cli: Cli, customer: Customer, producer: Producer, tmp_path: Path) -> None:
    """A run that is repeated changes nothing; a line that comes twice is published once, and counted so beforehand."""
    known, fresh = customer.completion(), customer.completion()
    producer.send_completion.delay(known)
    file = written(tmp_path / "completions", [line(known), line(fresh), line(fresh)])
    assert cli("rebuild", file, "--dry-run", "--json").json["published"] == 1
    assert cli("rebuild", file).out == "1 published, 2 known already\n"
    assert cli("rebuild", file).out == "0 published, 3 known already\n"
    assert producer.ledger.lanes.status("acme").recorded == 2


def test_bad_lines_are_named_by_number_and_rule_and_never_quoted(cli: Cli, customer: Customer, tmp_path: Path) -> None:
    """The others are published all the same; the exit code says that something was wrong."""
    fields: dict[str, Any] = json.loads(line(sample_event("acme")))
    del fields["lesson"]
    file = written(tmp_path / "completions", [line(customer.completion()), _SECRET, "", json.dumps(fields)])
    for option in ("--dry-run", "--json", "--no-option"):
        ran = cli("rebuild", file, *([option] if option != "--no-option" else []))
        assert ran.code == 1
        assert _SECRET not in ran.out + ran.err
        if option == "--json":
            assert ran.json["bad_lines"] == [
                {"line": 2, "problem": "completion: must be JSON"},
                {"line": 4, "problem": "lesson: is required"},
            ]
        else:
            assert "line 2: completion: must be JSON\nline 4: lesson: is required\n" in ran.err


def test_a_window_and_companies_without_a_subscription(cli: Cli, customer: Customer, tmp_path: Path) -> None:
    """Both are counted, and neither is an error: a dump has all companies and all times."""
    lines = [line(customer.completion(completed_at=f"2026-03-0{day}T12:00:00Z")) for day in range(1, 6)]
    other = sample_event("nobody")
    lines.append(line(other.model_copy(update={"completed_at": customer.completion().completed_at})))
    window = ("--since", "2026-03-01T12:00", "--until", "2026-03-03T12:00")
    expected = "3 published, 0 known already, 1 of companies without a subscription, 2 outside the window\n"
    file = written(tmp_path / "completions", lines)
    assert cli("rebuild", file, *window, "--dry-run").out == f"would be {expected}"
    ran = cli("rebuild", file, *window)
    assert (ran.code, ran.out) == (0, expected)


def test_a_pipe(cli: Cli, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a FILE it reads the standard input, with or without a byte order mark."""
    piped = b"\xef\xbb\xbf" + line(customer.completion()).encode() + b"\n"
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(piped)))
    assert cli("rebuild").out == "1 published, 0 known already\n"


def test_long_input_shows_progress(cli: Cli, producer: Producer, tmp_path: Path) -> None:
    """A line each ten thousand on the standard error; the result stays alone on the standard output."""
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example/hook"))
    file = written(tmp_path / "completions", [line(sample_event("acme"))] * 20_000)
    ran = cli("rebuild", file, "--dry-run")
    assert ran.out == "would be 1 published, 19,999 known already\n"
    assert ran.err.splitlines()[0] == "10,000 lines: 1 published, 9,999 known already"


def test_a_redis_that_goes_down_stops_it_and_says_where(
    cli: Cli, customer: Customer, own_server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Exit code 3, and the advice to run it again. It ends right after the command has asked for its version."""

    def asked(_ledger: Ledger) -> str:
        own_server.kill()
        return ""

    file = written(tmp_path / "completions", [line(customer.completion())])
    monkeypatch.setenv("LESSONHOOK_REDIS_URL", own_server.url)
    monkeypatch.setattr(Ledger, "too_old_a_server", asked)
    ran = cli("rebuild", file)
    assert ran.code == 3
    assert "stopped after 0 lines" in ran.err


def test_a_redis_that_is_down_is_said_before_the_first_line(
    cli: Cli, customer: Customer, own_server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As by each other command."""
    file = written(tmp_path / "completions", [line(customer.completion())])
    monkeypatch.setenv("LESSONHOOK_REDIS_URL", own_server.url)
    own_server.kill()
    ran = cli("rebuild", file)
    assert (ran.code, ran.out) == (3, "")
    assert "is not reachable" in ran.err


def test_a_file_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    """Wrong usage, without a traceback."""
    ran = cli("rebuild", str(tmp_path / "nothing"))
    assert (ran.code, ran.err) == (2, "lessonhook: FILE can't be read: No such file or directory\n")
