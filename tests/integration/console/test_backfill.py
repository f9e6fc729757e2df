"""`lessonhook backfill` counts, stops and resumes a company's past."""

from lessonhook.desk import Watch
from lessonhook.producer import Producer
from tests.support.people.customer import Customer
from tests.support.processes.command_line import Cli


def test_the_past_is_counted_stopped_and_resumed(cli: Cli, customer: Customer) -> None:
    """In a sentence for people, and in fields for scripts; the audit has who did it."""
    customer.backfill(3)
    shown = cli("backfill", "status", customer.name)
    assert shown.out == (
        f"{customer.name}: 0 of 3 completions of the past delivered, 3 undelivered; at most 5 a second\n"
    )
    assert cli("backfill", "stop", customer.name).out == (
        f"{customer.name}: backfill stopped; 3 completions of the past undelivered\n"
    )
    assert "was stopped already" in cli("backfill", "stop", customer.name).out
    document = cli("backfill", "status", customer.name, "--json").json
    assert (document["recorded"], document["delivered"], document["undelivered"]) == (3, 0, 3)
    assert document["stopped"] is not None
    assert "; stopped " in cli("backfill", "status", customer.name).out
    [state] = cli("status", customer.name, "--json").json["subscribers"]
    assert (state["backfill"], state["backfill_stopped"]) == (3, document["stopped"])

    assert "backfill goes on; 3 completions" in cli("backfill", "resume", customer.name).out
    assert "was not stopped" in cli("backfill", "resume", customer.name).out
    acts = [act["act"] for act in cli("audit", customer.name, "--json").json["acts"]]
    assert acts[:2] == ["backfill-resume", "backfill-stop"]


def test_a_pause_is_named(cli: Cli, customer: Customer, producer: Producer) -> None:
    """Because the past does not go on before it is lifted."""
    customer.backfill(1)
    producer.ledger.pause(customer.name)
    assert f"but {customer.name} is paused" in cli("backfill", "resume", customer.name).out


def test_an_event_says_that_it_tells_the_past(cli: Cli, customer: Customer) -> None:
    """For people, for scripts, and in the command that sends what a worker sends."""
    [past] = customer.backfill(1)
    live = customer.publish()
    assert "it tells the past" in cli("event", past).out
    assert "the past" not in cli("event", live).out
    assert [cli("event", each, "--json").json["backfill"] for each in (past, live)] == [True, False]
    assert "webhook-backfill: true" in cli("curl", customer.name, past).out
    assert "webhook-backfill" not in cli("curl", customer.name, live).out


def test_an_unknown_name_is_an_error(cli: Cli) -> None:
    """Each of the three ends with 1."""
    for command in ("status", "stop", "resume"):
        assert cli("backfill", command, "nobody").code == 1


def test_the_statement_counts_the_past_apart(cli: Cli, customer: Customer) -> None:
    """In a line of its own, for companies that have one."""
    assert "past" not in cli("reconcile", customer.name).out
    customer.backfill(2)
    assert "Completions of the past among them: 2 recorded, 0 delivered" in cli("reconcile", customer.name).out
    [day] = cli("reconcile", customer.name, "--json").json["days"]
    assert (day["recorded"], day["backfill_recorded"]) == (2, 2)


def test_lists_mark_the_past(cli: Cli, customer: Customer) -> None:
    """In a column that stands there only if a row has it, and by a filter."""
    live = customer.publish()
    assert " past " not in cli("events", customer.name).out
    past = customer.backfill(2)
    rows = [line.split() for line in cli("events", customer.name).out.splitlines()]
    marks = {row[0]: row[2] for row in rows if row and row[0] in {"event", live, *past}}
    assert marks == {"event": "past", live: "-", **dict.fromkeys(past, "past")}
    for option, expected in (("--past", past), ("--no-past", [live])):
        found = cli("events", customer.name, option, "--json").json["events"]
        assert sorted(event["event_id"] for event in found) == sorted(expected)


def test_the_status_tells_of_the_past_in_any_state(cli: Cli, customer: Customer, producer: Producer) -> None:
    """A pause does not hide it; the totals count it apart."""
    customer.publish()
    customer.backfill(2)
    words = "backfill: 0 of 2 completions of the past delivered, 2 undelivered"
    assert words in cli("status", customer.name).out
    assert "3 events undelivered (2 of the past)" in cli("status").out
    assert cli("status", "--json").json["totals"]["backfill"] == 2
    producer.ledger.pause(customer.name)
    told = cli("status", customer.name).out
    assert "an operator" in told
    assert words in told


def test_a_watch_shows_the_past(cli: Cli, customer: Customer, producer: Producer) -> None:
    """How many wait, and that a person stops them or lets them go on."""
    watching = Watch(producer.ledger)
    customer.backfill(2)
    assert "backfill=2" in cli("watch", "--looks", "1").out
    watching.look()
    cli("backfill", "stop", customer.name)
    assert watching.look().happened == [f"{customer.name}: backfill stopped; 2 completions of the past undelivered"]
    cli("backfill", "resume", customer.name)
    assert watching.look().happened == [f"{customer.name}: backfill goes on; 2 completions of the past undelivered"]
    cli("drop", customer.name, "--reason", "a test", "--yes")
    assert f"{customer.name}: backfill at its end; nothing of the past is undelivered" in watching.look().happened
