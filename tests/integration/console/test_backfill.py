"""`lessonhook backfill` counts, stops and resumes a company's past."""

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
