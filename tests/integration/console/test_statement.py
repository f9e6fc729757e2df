"""`lessonhook statement`: what the receiver checks with its library, with Node and with a shell."""

import json
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from lessonhook.ledger import new_signing_secret
from lessonhook.ledger.transitions.keys import key
from lessonhook.producer import Producer
from lessonhook.receiver import SignedDays, WrongSignature, verify_statement
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.processes.command_line import Cli
from tests.support.rooms import ROOT

SECRET = new_signing_secret()
MONTH = f"{datetime.now(UTC):%Y-%m}"


@pytest.fixture
def signing(customer: Customer, producer: Producer) -> Customer:
    """Return the customer with a signing secret that the tests know."""
    producer.subscriptions.change(customer.name, signing_secret=SECRET)
    return customer


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def _checked(cli: Cli, *options: str, secret: str = SECRET) -> SignedDays:
    ran = cli("statement", "acme", *options)
    assert ran.code == 0, ran.err
    return verify_statement(ran.out, secret)


@pytest.mark.usefixtures("signing")
def test_the_receiver_checks_what_was_recorded_and_what_it_accepted(cli: Cli, stored: Stored) -> None:
    """Counts, hashes, the state of each id: what the receiver lacks is named."""
    delivered = [stored.delivered(), stored.delivered()]
    held = stored.held()
    stated = _checked(cli, "--day", _today())
    assert (stated.subscriber, stated.first_day, stated.last_day) == ("acme", stated.made_at.date(), stated.last_day)
    assert (stated.recorded, stated.no_longer_known, stated.known.count, stated.accepted.count) == (3, 0, 3, 2)
    assert stated.ids == dict(sorted({delivered[0]: "delivered", delivered[1]: "delivered", held: "held"}.items()))
    assert stated.is_of(delivered)
    assert stated.missing(delivered[:1]) == delivered[1:]
    [day] = stated.days
    assert (day.recorded, day.accepted) == (3, 2)
    assert any("The last day had not ended" in note for note in stated.notes)
    assert any("Each completion of these days is known by its id" in note for note in stated.notes)


@pytest.mark.usefixtures("signing")
def test_a_month_without_ids(cli: Cli, stored: Stored) -> None:
    """It has the same hashes, and no list."""
    event_id = stored.delivered()
    stated = _checked(cli, "--month", MONTH, "--no-ids")
    assert (stated.first_day.day, (stated.last_day + timedelta(days=1)).day) == (1, 1)
    assert stated.ids is None
    assert stated.is_of([event_id])


@pytest.mark.usefixtures("signing")
def test_what_is_no_longer_known_is_said_in_the_statement(
    cli: Cli, customer: Customer, stored: Stored, producer: Producer
) -> None:
    """A completion that has passed its retention is counted, and stands in no hash."""
    gone, known = stored.delivered(), stored.delivered()
    redis = producer.ledger.redis
    redis.delete(key("event", customer.name, gone))
    redis.zrem(key("done", customer.name), gone)
    stated = _checked(cli, "--day", _today())
    assert (stated.recorded, stated.no_longer_known, stated.known.count) == (2, 1, 1)
    assert stated.is_of([known])
    [note] = [note for note in stated.notes if "ended so long ago" in note]
    assert note.startswith("1 completion of these days ended so long ago that only the number is known.")
    assert "by its id for 7 days, a refused one for 30 days" in note


@pytest.mark.usefixtures("signing")
def test_days_whose_counts_are_gone_are_named(cli: Cli) -> None:
    """Counts are kept for 400 days; an older period is not said to have had no completions."""
    stated = _checked(cli, "--day", "500d")
    assert stated.recorded == 0
    assert any("Counts are kept for 400 days" in note for note in stated.notes)
    assert not any("had not ended" in note for note in stated.notes)


def test_both_secrets_sign_while_one_is_rotated(
    cli: Cli, signing: Customer, stored: Stored, producer: Producer
) -> None:
    """As POSTs are signed; a secret that is known to nobody here does not hold."""
    stored.delivered()
    saved = producer.ledger.subscriptions.get(signing.name)
    assert saved is not None
    new = new_signing_secret()
    producer.subscriptions.put(saved.with_rotated_secret(new))
    assert _checked(cli, "--day", _today()) is not None
    assert _checked(cli, "--day", _today(), secret=new) is not None
    with pytest.raises(WrongSignature):
        _checked(cli, "--day", _today(), secret=new_signing_secret())


@pytest.mark.usefixtures("signing")
def test_node_checks_it_too(cli: Cli, stored: Stored, tmp_path: Path) -> None:
    """The example that the page shows finds the same ids missing, and trusts no other secret."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    first, second = stored.delivered(), stored.delivered()
    document, ids = tmp_path / "statement.json", tmp_path / "ids.txt"
    document.write_text(cli("statement", "acme", "--day", _today()).out, encoding="utf-8")
    ids.write_text(f"{first}\nof-another-day\n", encoding="utf-8")

    def check(secret: str) -> subprocess.CompletedProcess[str]:
        script = ROOT / "examples" / "receivers" / "check_statement.mjs"
        return subprocess.run(
            [node, script, document, ids],
            env={"WEBHOOK_SECRET": secret},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    found = check(SECRET)
    assert (found.returncode, found.stdout) == (1, f"{second}\n"), found.stderr
    assert "2 recorded, 2 accepted, 1 missing here" in found.stderr
    assert check(new_signing_secret()).returncode == 2
    ids.write_text(f"{first}\r\n{second}", encoding="utf-8")
    assert check(SECRET).returncode == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "give --day or --month"),
        (("--day", "1d", "--month", "2026-03"), "one of the two"),
        (("--month", "2026-13"), "write a month such as 2026-03"),
        (("--day", "yesterday"), "--day: write a time"),
    ],
)
def test_a_period_is_one_day_or_one_month(cli: Cli, options: tuple[str, ...], words: str) -> None:
    """Anything else is wrong usage."""
    refused = cli("statement", "acme", *options)
    assert refused.code == 2
    assert words in refused.err


@pytest.mark.usefixtures("customer")
def test_nothing_is_signed_without_a_secret(cli: Cli) -> None:
    """The complaint says how to make one; an unknown subscriber is another exit code."""
    refused = cli("statement", "acme", "--day", "1d")
    assert refused.code == 2
    assert "has no signing secret: `subscriptions rotate-secret` makes one" in refused.err
    assert cli("statement", "nobody", "--day", "1d").code == 1


@pytest.mark.usefixtures("signing")
def test_the_desk_refuses_days_that_are_no_period(cli: Cli, producer: Producer) -> None:
    """For an LMS that calls it."""
    from lessonhook.desk import Desk, InvalidSelection  # noqa: PLC0415 - of this test alone

    del cli
    statements = Desk(producer).of("acme").statements
    with pytest.raises(InvalidSelection, match="first day must not be later"):
        statements.signed(date(2026, 3, 2), date(2026, 3, 1))
    with pytest.raises(InvalidSelection, match="the last day must be before 9999-12-31"):
        statements.signed(date(2026, 3, 2), date.max)
    with pytest.raises(InvalidSelection, match="first day must not be later"):
        statements.gap(date(2026, 3, 2), date(2026, 3, 1), ["a"])
    assert json.loads(statements.signed(date(2026, 3, 1), date(2026, 3, 1)).body)["recorded"] == 0
