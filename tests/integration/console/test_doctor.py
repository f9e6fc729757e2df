"""`lessonhook doctor`: what is amiss is found, named, and shown by the exit code."""

from typing import Any

import pytest

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from lessonhook.producer import Producer, Recorded, Subscription
from lessonhook.producer.sample import sample_event
from tests.support.patience import PATIENCE_SECONDS
from tests.support.processes.command_line import Cli
from tests.support.processes.workers import Workers
from tests.support.servers.server import Server

_WELL = {
    "settings",
    "redis",
    "version",
    "eviction",
    "memory",
    "clock",
    "broker",
    "queue completions",
    "queue retries",
    "workers",
    "ledger",
    "database",
}


def levels(document: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Return how each check ended."""
    return {finding["what"]: finding["level"] for finding in document["findings"]}


def test_with_a_worker_nothing_fails(cli: Cli, worker_process: Workers) -> None:
    """Exit code 0, warnings or not: these tests keep nothing on disk, encrypt nothing and open the loopback."""
    worker_process.start()
    ran = cli("doctor", "--json")
    found = levels(ran.json)
    assert {what for what, level in found.items() if level == "ok"} >= _WELL
    assert {what for what, level in found.items() if level == "warn"} == {"persistence", "guard", "encryption"}
    assert ran.code == 0


def test_without_a_worker_it_says_which_queue_nobody_reads(cli: Cli) -> None:
    """Exit code 1, and how to start one."""
    ran = cli("doctor")
    assert ran.code == 1
    assert "fail  queue retries" in ran.out
    assert "lessonhook worker -Q retries" in ran.out
    assert levels(cli("doctor", "--json").json)["workers"] == "fail"


def test_each_queue_needs_a_worker_of_its_own(cli: Cli, worker_process: Workers) -> None:
    """A worker that reads one queue does not count for the other."""
    worker_process.start(queues=["completions"])
    found = levels(cli("doctor", "--json").json)
    assert (found["queue completions"], found["queue retries"]) == ("ok", "fail")


def test_without_redis_it_ends_with_three(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """And still examines what needs no Redis; a password in the URL is not shown."""
    monkeypatch.setenv("LESSONHOOK_REDIS_URL", "redis://:marked-password@127.0.0.1:1/0")
    ran = cli("doctor", "--json")
    found = levels(ran.json)
    assert ran.code == 3
    assert (found["redis"], found["broker"], found["guard"]) == ("fail", "fail", "warn")
    assert "marked-password" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"maxmemory": "64mb", "maxmemory-policy": "allkeys-lru"}, ("eviction", "fail")),
        ({"maxmemory-policy": "allkeys-lru"}, ("eviction", "warn")),
        ({"appendonly": "yes"}, ("persistence", "ok")),
        ({"maxmemory": "1mb"}, ("memory", "fail")),
    ],
)
def test_a_redis_that_loses_events_is_found(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, server_kind: str, config: dict[str, str], found: tuple[str, str]
) -> None:
    """One that evicts, one that is full; and an append-only file is recognised."""
    with Server(server_kind, config=config) as server:
        monkeypatch.setenv("LESSONHOOK_REDIS_URL", server.url)
        assert found in levels(cli("doctor", "--json").json).items()


def test_a_guard_that_lets_through_to_the_metadata_service_fails(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not tried, since the POST would really go there."""
    monkeypatch.setenv("LESSONHOOK_ALLOWED_PRIVATE_NETWORKS", '["169.254.0.0/16"]')
    assert levels(cli("doctor", "--json").json)["guard"] == "fail"


def test_a_closed_guard_and_encryption_are_well(cli: Cli, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Then nothing is said of them but that."""
    assert settings.allowed_private_networks
    monkeypatch.setenv("LESSONHOOK_ALLOWED_PRIVATE_NETWORKS", "[]")
    monkeypatch.setenv("LESSONHOOK_ENCRYPTION_KEYS", '["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]')
    found = levels(cli("doctor", "--json").json)
    assert (found["guard"], found["encryption"]) == ("ok", "ok")


def test_a_misspelt_setting_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is without effect, and nothing else would say so; what it was meant to be is guessed."""
    monkeypatch.setenv("LESSONHOOK_RETRY_DELAY_SECOND", "10")
    ran = cli("doctor")
    assert "warn  settings" in ran.out
    assert "LESSONHOOK_RETRY_DELAY_SECOND: no such setting" in ran.out
    assert "did you mean LESSONHOOK_RETRY_DELAY_SECONDS?" in ran.out


def test_an_emptied_ledger_is_told_from_a_new_one(cli: Cli, producer: Producer, worker_process: Workers) -> None:
    """New: nothing to say. In use. Emptied by somebody else's FLUSHDB: the worker and each completion show it."""
    assert levels(cli("doctor", "--json").json)["ledger"] == "ok"
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example/hook"))
    worker = worker_process.start()
    wait_until(producer.ledger.heartbeats.last, PATIENCE_SECONDS, "a heartbeat")
    assert levels(cli("doctor", "--json").json)["ledger"] == "ok"

    producer.ledger.redis.flushdb()
    wait_until(lambda: "ledger.emptied" in worker.logs(), PATIENCE_SECONDS, "a worker that notices")
    found = cli("doctor", "--json").json
    assert levels(found)["ledger"] == "fail"
    assert producer.send_completion.delay(sample_event("acme")).recorded is Recorded.NO_SUBSCRIPTION
    assert "1 completion of the last days without a subscription: acme" in cli("status").out
    assert cli("status", "--json").json["unsubscribed"] == {"acme": 1}


def test_keys_of_somebody_else_in_the_database_are_a_warning(cli: Cli, producer: Producer) -> None:
    """A cache beside the ledger empties it with its own FLUSHDB."""
    producer.ledger.redis.set(":1:page", "cached", ex=60)
    assert levels(cli("doctor", "--json").json)["database"] == "warn"
