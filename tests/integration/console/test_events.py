"""`lessonhook events` and `lessonhook event`: what a person sees of events, and what is not shown unasked."""

from datetime import UTC, datetime, timedelta

import pytest

from lessonhook.console.processes import wait_until
from lessonhook.producer import Lesson, Producer, Subscription
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.processes.command_line import Cli


def ids(document: dict[str, list[dict[str, str]]]) -> list[str]:
    """Return the events' ids, in the order of the output."""
    return [event["event_id"] for event in document["events"]]


def test_events_come_newest_first(cli: Cli, stored: Stored) -> None:
    """By when they ended, undelivered ones by when they were recorded."""
    first, second, third = stored.delivered(), stored.delivered(), stored.held()
    assert ids(cli("events", "acme", "--json").json) == [third, second, first]


def test_events_are_chosen_by_state(cli: Cli, stored: Stored) -> None:
    """One state or several."""
    delivered, paused = stored.delivered(), stored.pausing()
    held = stored.held()
    assert ids(cli("events", "acme", "--state", "held", "--json").json) == [held, paused]
    assert ids(cli("events", "acme", "--state", "delivered", "--json").json) == [delivered]
    both = cli("events", "acme", "--state", "held", "--state", "delivered", "--json").json
    assert ids(both) == [held, paused, delivered]
    assert ids(cli("events", "acme", "--state", "refused", "--json").json) == []


def test_events_are_chosen_by_time(cli: Cli, stored: Stored) -> None:
    """Since and until, both included; a time without a zone is in UTC."""
    event_id = stored.delivered()
    [event] = cli("events", "acme", "--json").json["events"]
    closed = datetime.fromisoformat(event["closed"])
    before = (closed - timedelta(milliseconds=1)).replace(tzinfo=None).isoformat()
    assert ids(cli("events", "acme", "--since", event["closed"], "--until", event["closed"], "--json").json) == [
        event_id
    ]
    assert ids(cli("events", "acme", "--until", before, "--json").json) == []
    assert ids(cli("events", "acme", "--since", "1h", "--json").json) == [event_id]


def test_events_are_chosen_by_learner_and_lesson(cli: Cli, stored: Stored) -> None:
    """By the ids that the LMS gave; what a person knows, and not a UUID."""
    first = stored.delivered("17")
    second = stored.delivered("17", lesson=Lesson(id="2000", title="First Aid"))
    other = stored.held("18")
    assert ids(cli("events", "acme", "--user-id", "17", "--json").json) == [second, first]
    assert ids(cli("events", "acme", "--lesson-id", "1000", "--json").json) == [other, first]
    assert ids(cli("events", "acme", "--user-id", "17", "--lesson-id", "2000", "--json").json) == [second]


def test_events_that_were_late_are_chosen(cli: Cli, producer: Producer, stored: Stored) -> None:
    """What was delivered more than a minute after it was recorded; what was in time is left out."""
    stored.delivered()
    late, delivery = stored.in_flight()
    producer.ledger.clock_ahead_ms = 61_000
    stored.settle(delivery)
    assert ids(cli("events", "acme", "--late", "--json").json) == [late]


def test_an_event_is_found_by_what_a_person_knows(cli: Cli, stored: Stored) -> None:
    """Over all subscribers or one: by a whole id, or by the beginning of the event's."""
    event_id = stored.delivered("17")
    for text in (event_id, event_id[:4], "17", "1000"):
        assert ids(cli("find", text, "--json").json) == [event_id]
    assert ids(cli("find", event_id[:6], "--subscriber", "acme", "--json").json) == [event_id]
    assert "acme" in cli("find", "17").out
    missing = cli("find", "nobody")
    assert (missing.code, missing.out) == (1, "")


def test_a_limit_says_that_there_are_more(cli: Cli, customer: Customer, stored: Stored) -> None:
    """No page looks like the whole; and more than one round trip's worth is read through to its end."""
    stored.held()
    event_ids = [*customer.publish_many(450)]
    page = cli("events", "acme", "--limit", "3", "--json").json
    assert (ids(page), page["more"]) == (event_ids[:-4:-1], True)
    whole = cli("events", "acme", "--limit", "1000", "--json").json
    assert (len(whole["events"]), len(set(ids(whole))), whole["more"]) == (451, 451, False)
    assert "There are more" in cli("events", "acme", "--limit", "3").out


def test_what_comes_due_in_a_paused_lane_is_shown_as_held(cli: Cli, customer: Customer, stored: Stored) -> None:
    """As `lessonhook status` counts it: it goes no sooner than the others that are held."""
    event_id = stored.retrying()
    stored.held()
    wait_until(lambda: customer.status.held == 2, PATIENCE_SECONDS, lambda: str(customer.status))
    [event] = [each for each in cli("events", "acme", "--json").json["events"] if each["event_id"] == event_id]
    assert (event["state"], event["due"]) == ("held", None)
    assert event_id in ids(cli("events", "acme", "--state", "held", "--json").json)


@pytest.mark.parametrize("arguments", [("--since", "yesterday"), ("--until", "2026-13-01")])
def test_what_is_no_time_is_refused(cli: Cli, customer: Customer, arguments: tuple[str, str]) -> None:
    """Exit code 2, and how to write one."""
    assert customer.name == "acme"
    ran = cli("events", "acme", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "2026-03-01T12:00" in ran.err


@pytest.mark.parametrize("option", ["--since", "--until"])
@pytest.mark.parametrize("when", ["999999w", "0001-01-01T00:00+05:00", "9999-12-31T23:00-05:00"])
def test_a_time_that_no_calendar_has_is_refused(cli: Cli, customer: Customer, option: str, when: str) -> None:
    """Exit code 2 and one line, and no traceback."""
    assert customer.name == "acme"
    ran = cli("events", "acme", option, when)
    assert (ran.code, ran.out) == (2, "")
    assert f"{option}: write a time in the years 1 to 9999 of UTC" in ran.err


def test_a_window_that_ends_before_it_begins_is_refused(cli: Cli, customer: Customer) -> None:
    """It would be an empty list otherwise, which reads as if there were no events."""
    assert customer.name == "acme"
    ran = cli("events", "acme", "--since", "1h", "--until", "2h")
    assert (ran.code, ran.out) == (2, "")
    assert "--since must not be later than --until" in ran.err


def test_an_unknown_subscriber_ends_with_one(cli: Cli) -> None:
    """So that a typo is no empty list."""
    ran = cli("events", "nobody")
    assert (ran.code, ran.out) == (1, "")
    assert "there is no subscriber 'nobody'" in ran.err


def test_an_event_shows_every_attempt(cli: Cli, stored: Stored) -> None:
    """When, how long, how it ended, the first bytes of the response, and which worker."""
    event_id = stored.retrying()
    event = cli("event", event_id, "--json").json
    [attempt] = event.pop("attempts")
    assert attempt == event["last_attempt"]
    assert datetime.fromisoformat(attempt.pop("at")) <= datetime.now(UTC)
    assert attempt == {
        "seconds": 0.25,
        "kind": "failed",
        "reason": "status",
        "status": 500,
        "detail": "500: the endpoint failed",
        "response": "oops",
        "worker": "worker1@test",
        "unconfirmed": "",
    }
    assert (event["state"], event["posts"], event["failed_attempts"]) == ("retrying", 1, 1)
    assert event["due"] > event["recorded"]
    shown = cli("event", event_id).out
    for fact in ("retrying, due ", "500: the endpoint failed", "oops", "worker1@test", "0.250s"):
        assert fact in shown


def test_a_body_is_shown_only_when_asked_for(cli: Cli, stored: Stored) -> None:
    """A learner's name belongs on no screen by accident."""
    event_id = stored.delivered()
    for arguments in (
        ("events", "acme"),
        ("events", "acme", "--json"),
        ("event", event_id),
        ("event", event_id, "--json"),
    ):
        ran = cli(*arguments)
        assert ran.code == 0
        assert "@example.com" not in ran.out
    assert '"email": "l1@example.com"' in cli("event", event_id, "--show-body").out
    assert "l1@example.com" in cli("event", event_id, "--show-body", "--json").json["body"]


def test_an_event_of_two_subscribers_wants_one_named(cli: Cli, producer: Producer, customer: Customer) -> None:
    """An LMS may give the same id twice; what is shown is never the other company's by chance."""
    customer.publish(event_id="same")
    producer.subscriptions.put(Subscription(subscriber="other", callback_url="https://other.example/hook"))
    completion = customer.completion().model_copy(update={"subscriber": "other", "event_id": "same"})
    producer.send_completion.delay(completion)
    ran = cli("event", "same")
    assert ran.code == 2
    assert "acme, other" in ran.err
    assert cli("event", "same", "--subscriber", "other", "--json").json["subscriber"] == "other"


def test_an_unknown_event_ends_with_one(cli: Cli, customer: Customer) -> None:
    """And says why it may be gone."""
    assert customer.name == "acme"
    ran = cli("event", "unknown")
    assert (ran.code, ran.out) == (1, "")
    assert "retention" in ran.err
