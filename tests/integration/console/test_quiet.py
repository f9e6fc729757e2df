"""A silence that a worker found stands in `lessonhook status`, for people and for scripts."""

from lessonhook.desk import Condition, Desk
from lessonhook.ledger import Quiet, Silence
from lessonhook.producer import Producer
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.processes.command_line import Cli

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS


def silent(producer: Producer, days: float, *, with_others_hour: int | None = None) -> Silence:
    """Return a silence that began some days ago."""
    now_ms = producer.ledger.now_ms()
    return Silence(
        since_ms=now_ms - round(days * _DAY_MS),
        noticed_ms=now_ms,
        per_year=0.0125,
        expected=140.4,
        with_others_hour=with_others_hour,
    )


def test_status_shows_who_is_quiet_since_when_and_how_unusual_that_is(
    cli: Cli, producer: Producer, customer: Customer, stored: Stored
) -> None:
    """In a line below the table; in JSON with the figures."""
    stored.delivered("17")
    producer.ledger.silences.write({customer.name: silent(producer, 5.1)}, producer.ledger.now_ms())
    shown = cli("status").out
    assert "1 quiet" in shown
    assert "acme: nothing since " in shown
    assert "(5 days); some 140 completions usually come in such a time; so long a silence" in shown
    assert "is expected once in 80 years" in shown
    [row] = cli("status", "--json").json["subscribers"]
    assert row["quiet"]["per_year"] == 0.0125
    assert row["quiet"]["expected"] == 140.4
    assert row["quiet"]["together"] is False
    assert "acme" in cli("status", "--state", "quiet").out
    assert cli("status", "--state", "quiet", "--json").json["matching"] == 1
    assert "nothing since " in cli("status", "acme").out


def test_status_says_on_top_that_the_lms_publishes_nothing(cli: Cli, producer: Producer, customer: Customer) -> None:
    """For all subscribers and for one; null in JSON while it publishes as usual."""
    del customer
    assert cli("status", "--json").json["lms_quiet"] is None
    producer.ledger.silences.write_lms(silent(producer, 45 / 24 / 60), producer.ledger.now_ms())
    for arguments in (("status",), ("status", "acme")):
        [line] = [each for each in cli(*arguments).out.splitlines() if each.startswith("the LMS has published nothing")]
        assert "(45 minutes); so long a silence is expected once in 80 years" in line
        assert cli(*arguments, "--json").json["lms_quiet"]["per_year"] == 0.0125


def test_those_that_fell_silent_together_say_so(producer: Producer, customer: Customer) -> None:
    """And the desk has it as data."""
    producer.ledger.silences.write(
        {customer.name: silent(producer, 5, with_others_hour=490_000)}, producer.ledger.now_ms()
    )
    with Desk(producer) as desk:
        [state] = desk.states()
        assert state.condition is Condition.QUIET
        assert state.reason.startswith("fell silent together with others: nothing since ")


def test_what_no_worker_looks_at_any_more_is_not_shown(producer: Producer, customer: Customer) -> None:
    """After an hour; the ledger keeps it for the worker that looks next."""
    ledger = producer.ledger
    ledger.silences.write({customer.name: silent(producer, 5)}, ledger.now_ms() - _HOUR_MS - 60_000)
    with Desk(producer) as desk:
        assert desk.of(customer.name).state().quiet is None
    assert ledger.silences.read(ledger.now_ms()) == Quiet()
    assert ledger.silences.read().subscribers.keys() == {customer.name}
