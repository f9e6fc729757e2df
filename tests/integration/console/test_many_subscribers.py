"""Thousands of subscribers: a screen, the totals, and commands for many at once."""

from datetime import UTC, datetime, timedelta

import pytest
import redis

from lessonhook.desk import Desk
from lessonhook.ledger import Policy
from lessonhook.producer import Producer, Subscription
from tests.support.people.company import FAILED, GONE, Company
from tests.support.processes.command_line import Cli


@pytest.fixture
def companies(redis_client: redis.Redis) -> dict[str, Company]:
    """Return three paused, two failing and two at rest."""
    names = [*(f"paused-{number}" for number in range(3)), "failing-0", "failing-1", "well-0", "well-1"]
    companies = {name: Company(redis_client, Policy(), name) for name in names}
    for name, company in companies.items():
        if not name.startswith("well"):
            company.record("event")
            company.post(GONE if name.startswith("paused") else FAILED)
    return companies


@pytest.mark.usefixtures("companies")
def test_the_totals_are_below_and_the_rest_is_counted(cli: Cli) -> None:
    """What does not fit is a number, and how to see it."""
    ran = cli("status", "--limit", "2")
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("paused-") and ":" not in line] == [
        "paused-0",
        "paused-1",
    ]
    assert "7 subscribers: 3 paused, 2 failing, 2 well; 5 events undelivered, the oldest for" in ran.out
    assert "5 more: --all" in ran.out


@pytest.mark.usefixtures("companies")
def test_a_state_chooses(cli: Cli) -> None:
    """In words and for scripts, where the totals are those of all."""
    document = cli("status", "--state", "failing", "--json").json
    assert [each["subscriber"] for each in document["subscribers"]] == ["failing-0", "failing-1"]
    assert (document["matching"], document["totals"]["by_condition"]["paused"]) == (2, 3)
    wrong = cli("status", "--state", "nonsense")
    assert wrong.code == 2
    assert "Value error" not in wrong.err


@pytest.mark.usefixtures("companies")
def test_those_paused_in_an_outage_are_resumed_together(cli: Cli, producer: Producer) -> None:
    """Not those that a person paused, who need not have been named, and first only shown."""
    with Desk(producer) as desk:
        desk.of("well-0").pause(by="ann")
    producer.ledger.pause("well-1")
    shown = cli("resume", "--all", "--paused-since", "1h", "--dry-run")
    assert shown.out.splitlines()[-1] == "3 subscribers would be resumed"
    assert producer.ledger.lanes.status("paused-0").paused
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert cli("resume", "--all", "--paused-since", tomorrow).out == "0 subscribers resumed\n"
    ran = cli("resume", "--all", "--paused-since", "1h")
    assert ran.out.splitlines()[-1] == "3 subscribers resumed"
    assert not producer.ledger.lanes.status("paused-0").paused
    assert producer.ledger.lanes.status("well-0").paused
    assert producer.ledger.lanes.status("well-1").paused


@pytest.mark.parametrize(
    "arguments", [[], ["--all"], ["acme", "--all"], ["acme", "--paused-since", "1h"]], ids=" ".join
)
def test_what_is_meant_must_be_clear(cli: Cli, arguments: list[str]) -> None:
    """Nobody resumes all by a slip."""
    assert cli("resume", *arguments).code == 2


def test_for_an_unknown_subscriber_the_names_like_it_are_shown(cli: Cli, producer: Producer) -> None:
    """And with the server that was asked: an export may be missing in this shell."""
    producer.subscriptions.put(Subscription(subscriber="Company-0003", callback_url="https://acme.example/hook"))
    ran = cli("status", "company-0003")
    assert ran.code == 1
    assert "there is no subscriber 'company-0003' in Redis at " in ran.err
    assert "did you mean Company-0003?" in ran.err


def test_a_change_leaves_what_it_is_not_given(cli: Cli, producer: Producer) -> None:
    """Options, credentials and the parts of the acknowledgement rule."""
    producer.subscriptions.put(
        Subscription(
            subscriber="acme", callback_url="https://acme.example/hook", authorization="Token x", numeric_ids=True
        )
    )
    assert cli("subscriptions", "change", "acme", "--ack-present", "$.id").code == 0
    assert cli("subscriptions", "change", "acme", "--ack-status", "201", "--max-per-second", "5").code == 0
    assert cli("subscriptions", "change", "acme", "--url", "https://acme.example/new").code == 0
    saved = producer.ledger.subscriptions.get("acme")
    assert saved is not None
    assert (saved.callback_url, saved.numeric_ids, saved.max_per_second) == ("https://acme.example/new", True, 5)
    assert saved.authorization is not None
    assert saved.acknowledgement is not None
    assert (saved.acknowledgement.present, str(saved.acknowledgement.status)) == ("$.id", "201")
    assert cli("subscriptions", "change", "acme", "--no-numeric-ids").code == 0
    changed = producer.ledger.subscriptions.get("acme")
    assert changed is not None
    assert not changed.numeric_ids
    assert cli("subscriptions", "change", "acme").code == 2
    assert cli("subscriptions", "change", "acmee", "--url", "https://x.example").code == 1


def test_a_put_says_what_it_reset(cli: Cli) -> None:
    """It saves a subscription as a whole, and a person who only meant to give another URL is told."""
    put = ("subscriptions", "put", "acme")
    assert (
        cli(*put, "https://acme.example/hook", "--no-authorization", "--numeric-ids", "--ack-absent", "$.x").err == ""
    )
    ran = cli(*put, "https://acme.example/new", "--keep-credentials", "--max-per-second", "5")
    assert ran.code == 0
    assert ran.err.startswith("not given, and so reset: --numeric-ids, --acknowledgement; ")
    assert cli(*put, "https://acme.example/new", "--keep-credentials", "--max-per-second", "5").err == ""
