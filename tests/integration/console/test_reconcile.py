"""`lessonhook reconcile`: everything that was recorded within some days, and where each of it is."""

from datetime import UTC, date, datetime

from lessonhook.ledger.transitions.keys import key
from lessonhook.producer import Producer
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.processes.command_line import Cli


def test_the_sum_of_the_places_is_what_was_recorded(cli: Cli, stored: Stored) -> None:
    """Delivered, refused, retrying, held: nothing is missing, nothing counted twice, with every id."""
    refused = stored.refused()
    held = [stored.held() for _ in range(3)]
    ran = cli("reconcile", "acme", "--ids", "--json")
    statement = ran.json
    assert ran.code == 0
    assert statement["recorded"] == sum(statement["by_state"].values()) == len(statement["events"])
    assert statement["by_state"]["refused"] == 1
    assert statement["by_state"]["held"] == 3
    assert statement["no_longer_known"] == 0
    states = {event["event_id"]: event["state"] for event in statement["events"]}
    assert states[refused] == "refused"
    assert {states[event_id] for event_id in held} == {"held"}
    [day] = statement["days"]
    assert (day["recorded"], day["delivered"], day["refused"]) == (
        statement["recorded"],
        statement["by_state"]["delivered"],
        1,
    )
    assert day["posts_accepted"] == day["delivered"]


def test_for_people(cli: Cli, stored: Stored) -> None:
    """One sentence, one table, and the ids where they are asked for."""
    delivered = stored.delivered()
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    ran = cli("reconcile", "acme", "--since", today, "--ids")
    assert f"acme, {today} to {today} (UTC)" in ran.out
    assert "1 event recorded; of these are now: 1 delivered" in ran.out
    assert f"{delivered} delivered, recorded {today}" in ran.out
    assert delivered not in cli("reconcile", "acme").out


def test_what_was_delivered_long_ago_is_known_by_its_count(
    cli: Cli, customer: Customer, stored: Stored, producer: Producer
) -> None:
    """When an event's own record has passed its retention, the day's count still tells of it."""
    event_id = stored.delivered()
    redis = producer.ledger.redis
    redis.delete(key("event", customer.name, event_id))
    redis.zrem(key("done", customer.name), event_id)
    statement = cli("reconcile", "acme", "--json").json
    assert (statement["recorded"], statement["no_longer_known"]) == (1, 1)
    assert "1 ended too long ago to be known by their ids" in cli("reconcile", "acme").out


def test_the_last_day_may_be_the_calendars_last(stored: Stored, producer: Producer) -> None:
    """No day follows it, and an event of today is in the window all the same."""
    event_id = stored.delivered()
    history, today = producer.ledger.history, datetime.now(UTC).date()
    assert [event.event_id for event in history.recorded("acme", today, date.max)] == [event_id]
    assert [event.event_id for event in history.recorded_glances("acme", date.min, date.max)] == [event_id]


def test_other_days_are_not_in_it(cli: Cli, stored: Stored) -> None:
    """A window that ended yesterday knows nothing of today."""
    stored.delivered()
    statement = cli("reconcile", "acme", "--since", "9d", "--until", "1d", "--ids", "--json").json
    assert (statement["recorded"], statement["events"], statement["days"]) == (0, [], [])


def test_wrong_usage_and_unknown_subscribers(cli: Cli) -> None:
    """Exit codes that scripts can use."""
    assert cli("reconcile", "acme", "--since", "1d", "--until", "2d").code == 2
    assert cli("reconcile", "nobody").code == 1


def test_columns_without_a_number_are_left_out(cli: Cli, stored: Stored) -> None:
    """All eleven with a million in them would be cut at a terminal of 80 columns."""
    stored.held()
    assert "day        recorded delivered\n" in cli("reconcile", "acme").out
    counts = cli("reconcile", "acme", "--json").json["days"][0]
    assert counts["refused"] == 0
