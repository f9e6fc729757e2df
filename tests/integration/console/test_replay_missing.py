"""`lessonhook replay-missing`: exactly what the receiver lacks is sent again, by the list of what it has."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lessonhook.ledger import State
from lessonhook.ledger.transitions.keys import key
from lessonhook.producer import Producer
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.processes.command_line import Cli


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


@pytest.fixture
def ids(tmp_path: Path) -> Path:
    """Return the file of the receiver's ids."""
    return tmp_path / "ids.txt"


def _recorded(producer: Producer) -> list[str]:
    today = datetime.now(UTC).date()
    return [event.event_id for event in producer.ledger.history.recorded("acme", today, today)]


def _sent(customer: Customer) -> list[str | None]:
    return [post.header("webhook-id") for post in customer.posts]


def test_exactly_the_gap_is_sent(cli: Cli, customer: Customer, stored: Stored, producer: Producer, ids: Path) -> None:
    """What the receiver has is not sent, and neither is what is on its way by itself."""
    has, lost, lost_too = (stored.delivered(f"{number}") for number in range(3))
    refused = stored.refused("7")
    beside = [event_id for event_id in _recorded(producer) if event_id not in {lost, lost_too, refused}]
    held = stored.held("8")
    ids.write_text("\ufeff" + "\r\n".join([*beside, "of-another-day", ""]), encoding="utf-8")
    ran = cli("replay-missing", "acme", str(ids), "--day", _today())
    assert ran.code == 0, ran.err
    assert (
        f"the receiver has {len(beside)}, 3 missing, 1 waiting to be sent by themselves, "
        "1 id of the list not of these days" in ran.out
    )
    assert "3 accepted" in ran.out
    assert set(_sent(customer)) == {lost, lost_too, refused}
    assert len(_sent(customer)) == 3
    assert has in beside
    assert customer.state(held) is State.HELD


def test_a_second_run_with_the_whole_list_sends_nothing(
    cli: Cli, customer: Customer, stored: Stored, ids: Path
) -> None:
    """When the receiver has everything, there is no gap."""
    lost = [stored.delivered(), stored.delivered()]
    ids.write_text(f"{lost[0]}\n", encoding="utf-8")
    assert cli("replay-missing", "acme", str(ids), "--day", _today()).code == 0
    ids.write_text("\n".join(lost), encoding="utf-8")
    ran = cli("replay-missing", "acme", str(ids), "--day", _today())
    assert ran.code == 0
    assert "the receiver has 2, 0 missing" in ran.out
    assert _sent(customer) == [lost[1]]


def test_a_preview_sends_nothing(cli: Cli, customer: Customer, stored: Stored, ids: Path) -> None:
    """For people, and for scripts with the counts before the events."""
    has, lost = stored.delivered(), stored.delivered()
    ids.write_text(has, encoding="utf-8")
    ran = cli("replay-missing", "acme", str(ids), "--day", _today(), "--dry-run")
    assert "would send 1 event of acme: 1 delivered" in ran.out
    document = cli("replay-missing", "acme", str(ids), "--day", _today(), "--dry-run", "--json").json
    assert (document["received"], document["missing"], document["other_ids"]) == (1, 1, 0)
    assert [event["event_id"] for event in document["events"]] == [lost]
    assert _sent(customer) == []


def test_what_is_too_old_is_counted(
    cli: Cli, customer: Customer, stored: Stored, producer: Producer, ids: Path
) -> None:
    """Its id is not known any more, so nobody can tell whether the receiver has it."""
    gone, has = stored.delivered(), stored.delivered()
    redis = producer.ledger.redis
    redis.delete(key("event", customer.name, gone))
    redis.zrem(key("done", customer.name), gone)
    ids.write_text(has, encoding="utf-8")
    ran = cli("replay-missing", "acme", str(ids), "--day", _today())
    assert ran.code == 0
    assert "0 missing, 1 ended too long ago to be known by their ids" in ran.out


def test_many_are_sent_only_after_a_question(cli: Cli, customer: Customer, stored: Stored, ids: Path) -> None:
    """A wrong list would send everything again."""
    lost = [stored.delivered() for _ in range(11)]
    ids.write_text("the wrong list\n", encoding="utf-8")
    refused = cli("replay-missing", "acme", str(ids), "--day", _today())
    assert refused.code == 2
    assert "give --yes to send more than 10" in refused.err
    assert _sent(customer) == []
    ran = cli("replay-missing", "acme", str(ids), "--day", _today(), "--yes", "--json")
    assert [event["replayed"] for event in json.loads(ran.out)["events"]] == ["accepted"] * len(lost)


def test_a_subscriber_that_fetches_is_posted_nothing(cli: Cli, customer: Customer, stored: Stored, ids: Path) -> None:
    """Its events have nowhere to go; no attempt is written down."""
    lost = stored.delivered()
    customer.subscribe(callback_url="", pull=True)
    ids.write_text("of-another-day", encoding="utf-8")
    ran = cli("replay-missing", "acme", str(ids), "--day", _today())
    assert ran.code == 1
    assert f"acme {lost} skipped: acme fetches its events and has no callback URL" in ran.out
    assert len(cli("event", lost, "--json").json["attempts"]) == 1


@pytest.mark.usefixtures("customer")
def test_wrong_usage_and_unknown_subscribers(cli: Cli, ids: Path) -> None:
    """An empty list is no list: it would send everything."""
    ids.write_text("\n \n", encoding="utf-8")
    empty = cli("replay-missing", "acme", str(ids), "--day", "1d")
    assert empty.code == 2
    assert "the list has no ids" in empty.err
    assert "FILE can't be read" in cli("replay-missing", "acme", "/nowhere", "--day", "1d").err
    assert "give --day or --month" in cli("replay-missing", "acme", str(ids)).err
    assert cli("replay-missing", "nobody", str(ids), "--day", "1d").code == 1
