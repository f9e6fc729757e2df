"""`lessonhook audit` shows who did what; the command line names its shell's user."""

import os
import pwd
import socket

from lessonhook.producer import Producer
from lessonhook.producer.sample import sample_event
from tests.support.processes.command_line import Cli

ME = f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"
URL = "http://127.0.0.1:9/acme"


def acts(cli: Cli, *arguments: str) -> list[tuple[str, str, str]]:
    """Return subscriber, act and person of each row, the oldest first."""
    shown = cli("audit", *arguments, "--json").json["acts"]
    return [(each["subscriber"], each["act"], each["by"]) for each in reversed(shown)]


def test_each_command_that_changes_something_is_kept(cli: Cli, producer: Producer) -> None:
    """With the shell's user. What only looks, or changes nothing, is not."""
    cli("subscriptions", "put", "acme", URL)
    cli("pause", "acme")
    event_id = producer.send_completion.delay(sample_event("acme")).id
    cli("resume", "acme")
    cli("resume", "acme")
    cli("pause", "acme")
    cli("replay", event_id)
    cli("subscriptions", "rotate-secret", "acme")
    cli("erase", "--subscriber=acme", f"--user-id={sample_event('acme').user.id}", "--yes")
    cli("status")
    cli("subscriptions", "remove", "acme", "--yes")
    expected = ["put", "pause", "resume", "pause", "rotate", "erase", "remove"]
    kept = [(subscriber, act, by) for subscriber, act, by in acts(cli, "acme") if act != "replay"]
    assert kept == [("acme", act, ME) for act in expected]
    event = cli("event", event_id, "--subscriber=acme")
    assert f"erased by   {ME}" in event.out
    assert cli("event", event_id, "--subscriber=acme", "--json").json["erased_by"] == ME


def test_the_status_says_who_paused(cli: Cli, producer: Producer) -> None:
    """In the sentence for people and in a field for scripts."""
    cli("subscriptions", "put", "acme", URL)
    cli("pause", "acme")
    assert f"an operator ({ME})" in cli("status").out
    assert cli("status", "--json").json["subscribers"][0]["paused"]["by"] == ME
    assert f"an operator ({ME})" in cli("resume", "acme").out
    producer.ledger.pause("acme", by="ada")
    assert "an operator (ada)" in cli("status", "acme").out


def test_all_subscribers_stand_in_one_trail(cli: Cli, producer: Producer) -> None:
    """The newest first, removed ones too, and no more than asked for."""
    for name in ("acme", "bolt"):
        cli("subscriptions", "put", name, URL)
    producer.subscriptions.change("acme", max_in_flight=2, by="ada")
    producer.subscriptions.delete("bolt", by="ben")
    assert acts(cli) == [("acme", "put", ME), ("bolt", "put", ME), ("acme", "change", "ada"), ("bolt", "remove", "ben")]
    assert acts(cli, "--limit=1") == [("bolt", "remove", "ben")]
    shown = cli("audit").out.splitlines()
    assert [line.split()[-2:] for line in shown if "change" in line] == [["ada", "max_in_flight"]]


def test_what_nobody_did_has_words(cli: Cli) -> None:
    """An empty trail, and a subscriber that is not known: 1."""
    assert cli("audit").out == "nobody has done anything yet\n"
    ran = cli("audit", "nobody")
    assert (ran.code, ran.out) == (1, "")
    assert "nobody" in ran.err
