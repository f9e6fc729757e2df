"""The command line against a real ledger: what it shows, what it changes, how it ends, and what it never shows."""

import re
import socket
import time
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from lessonhook.ledger import Delivery, Kind, Outcome, Reason
from lessonhook.producer import Producer, Recorded, Subscription
from lessonhook.producer.sample import sample_event
from tests.support.patience import PATIENCE_SECONDS
from tests.support.processes.command_line import Cli

_URL = "https://acme.example/hook?key=marked-key"
_TOKEN = "Token marked-token"


@pytest.fixture
def acme(producer: Producer) -> str:
    """Return the name of a subscriber that has credentials."""
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=_URL, authorization=_TOKEN))
    return "acme"


def fail(producer: Producer, subscriber: str, event_id: str) -> None:
    """Let an event's attempts be used up, as a worker does upon a 410."""
    delivery = producer.ledger.admit(subscriber, event_id).delivery
    assert isinstance(delivery, Delivery)
    gone = Outcome(kind=Kind.GONE, reason=Reason.STATUS, status=410)
    producer.ledger.settle(subscriber, event_id, delivery.token, gone, in_place=False)


def test_no_subscriber_yet_is_well_and_says_what_to_do(cli: Cli) -> None:
    """An empty ledger is no error; for scripts it is an empty list."""
    assert cli("status").code == 0
    assert "lessonhook subscriptions put --help" in cli("status").out
    shown = cli("status", "--json").json
    assert (shown["subscribers"], shown["unsubscribed"]) == ([], {})
    assert cli("subscriptions", "list", "--json").json == {"subscriptions": []}


@pytest.mark.parametrize(
    "command",
    [
        ["status", "nobody"],
        ["status", "nobody", "--json"],
        ["pause", "nobody"],
        ["resume", "nobody"],
        ["subscriptions", "show", "nobody"],
        ["subscriptions", "remove", "nobody"],
        ["subscriptions", "rotate-secret", "nobody"],
    ],
    ids=" ".join,
)
def test_an_unknown_subscriber_is_1_with_one_line(cli: Cli, producer: Producer, command: list[str]) -> None:
    """It is named, nothing is written to the standard output, and no lane comes into being."""
    ended = cli(*command)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("lessonhook: there is no subscri")
    assert "'nobody'" in ended.err
    assert producer.ledger.lanes.subscribers() == []


def test_status_shows_a_paused_lane(cli: Cli, producer: Producer, acme: str) -> None:
    """For scripts in the agreed shape, for people with since when and why."""
    event_id = producer.send_completion.delay(sample_event(acme)).id
    assert cli("status", acme, "--json").json["subscribers"][0]["queued"] == 1
    fail(producer, acme, event_id)
    [shown] = cli("status", "--json").json["subscribers"]
    assert shown["subscriber"] == acme
    assert set(shown["paused"]) == {"since", "reason", "by"}
    assert "410" in shown["paused"]["reason"]
    assert (shown["window"], shown["held"], shown["queued"], shown["delivered"]) == (1, 1, 0, 0)
    assert shown["oldest_undelivered_seconds"] >= 0
    table = cli("status").out
    assert "acme: paused" in table
    assert "attempts used up: 410" in table


def test_an_operator_s_pause_holds_what_is_published_until_resume(cli: Cli, producer: Producer, acme: str) -> None:
    """`resume` publishes what goes now."""
    assert cli("pause", acme).code == 0
    assert producer.send_completion.delay(sample_event(acme)).recorded is Recorded.HELD
    status = producer.ledger.lanes.status(acme)
    assert status.paused is not None
    assert (status.paused.why, status.held, status.queued) == ("an operator", 1, 0)
    resumed = cli("resume", acme)
    assert resumed.code == 0
    assert "1 event held until now" in resumed.out
    status = producer.ledger.lanes.status(acme)
    assert (status.paused, status.held, status.queued) == (None, 0, 1)
    assert cli("resume", acme).out == "acme: was not paused\n"


def test_resume_lifts_the_pause_of_used_up_attempts(cli: Cli, producer: Producer, acme: str) -> None:
    """The oldest goes, as the probe."""
    fail(producer, acme, producer.send_completion.delay(sample_event(acme)).id)
    assert cli("resume", acme).code == 0
    status = producer.ledger.lanes.status(acme)
    assert (status.paused, status.queued) == (None, 1)


def test_put_saves_every_option_and_shows_no_secret(cli: Cli, producer: Producer, tmp_path: Path) -> None:
    """Every option reaches the subscription; the output shows that the credentials are set."""
    token = tmp_path / "token"
    token.write_text(f"{_TOKEN} \n")
    options = [
        "--external-user-ids",
        "--numeric-ids",
        "--deprecated-score",
        "--max-in-flight=3",
        "--max-per-second=2.5",
    ]
    ended = cli("subscriptions", "put", "acme", _URL, f"--authorization-file={token}", *options)
    assert ended.code == 0
    saved = producer.ledger.subscriptions.get("acme")
    assert saved == Subscription(
        subscriber="acme",
        callback_url=_URL,
        authorization=f"{_TOKEN} ",
        external_user_ids=True,
        numeric_ids=True,
        deprecated_score=True,
        max_in_flight=3,
        max_per_second=2.5,
    )
    assert "https://acme.example/hook?key=***" in ended.out
    assert "marked" not in ended.out + ended.err


def test_put_replaces_the_whole_subscription_but_no_credential_unasked(cli: Cli, producer: Producer, acme: str) -> None:
    """Refused with 2 and nothing changed; kept or dropped where that is said."""
    refused = cli("subscriptions", "put", acme, "https://new.example/")
    assert refused.code == 2
    assert "--keep-credentials" in refused.err
    view = producer.subscriptions.get(acme)
    assert view is not None
    assert view.callback_url == _URL
    assert cli("subscriptions", "put", acme, "https://new.example/", "--keep-credentials").code == 0
    view = producer.subscriptions.get(acme)
    assert view is not None
    assert (view.callback_url, view.authorization_set) == ("https://new.example/", True)
    assert cli("subscriptions", "put", acme, "https://new.example/", "--no-authorization").code == 0
    view = producer.subscriptions.get(acme)
    assert view is not None
    assert not view.authorization_set


@pytest.mark.parametrize(
    "arguments", [["ftp://acme.example/"], ["http://10.0.0.1/acme.example"], [_URL, "--max-in-flight=0"]]
)
def test_a_wrong_subscription_is_2_and_names_the_rule(cli: Cli, arguments: list[str]) -> None:
    """Nothing is saved, nothing of the value is shown."""
    ended = cli("subscriptions", "put", "acme", *arguments)
    assert ended.code == 2
    assert ended.err.startswith(("lessonhook: callback_url: ", "lessonhook: max_in_flight: "))
    assert "acme.example" not in ended.err
    assert cli("subscriptions", "show", "acme").code == 1


def test_show_and_list_hide_the_url_s_values_unless_asked(cli: Cli, acme: str) -> None:
    """For people and for scripts alike; a credential is never shown, asked or not."""
    for command in (["show", acme], ["show", acme, "--json"], ["list"], ["list", "--json"]):
        hidden = cli("subscriptions", *command)
        revealed = cli("subscriptions", *command, "--reveal-url")
        assert (hidden.code, revealed.code) == (0, 0)
        assert "key=***" in hidden.out
        assert "marked" not in hidden.out
        assert _URL in revealed.out
        assert "marked-token" not in revealed.out
    [listed] = cli("subscriptions", "list", "--json").json["subscriptions"]
    assert listed == cli("subscriptions", "show", acme, "--json").json
    assert (listed["authorization_set"], listed["signing_secret_set"]) == (True, False)
    assert listed["authorization_set_by"] == "the LMS"
    shown = cli("subscriptions", "show", acme).out
    assert re.search(r"^authorization +set on \d{4}-\d\d-\d\d \d\d:\d\d UTC by the LMS$", shown, re.MULTILINE)


def test_remove_keeps_what_waits(cli: Cli, producer: Producer, acme: str) -> None:
    """The lane stands still and is still shown; put again, it goes on."""
    producer.send_completion.delay(sample_event(acme))
    removed = cli("subscriptions", "remove", acme)
    assert (removed.code, removed.out) == (0, "acme: removed; 1 undelivered event kept\n")
    assert cli("subscriptions", "list", "--json").json == {"subscriptions": []}
    assert "the subscription was removed" in cli("status", acme).out
    assert cli("subscriptions", "remove", acme).code == 1


def test_a_secret_that_leaked_is_ended_at_once(cli: Cli, producer: Producer, acme: str) -> None:
    """It is not kept either."""
    cli("subscriptions", "rotate-secret", acme)
    ended = cli("subscriptions", "rotate-secret", acme, "--former-hours", "0")
    saved = producer.ledger.subscriptions.get(acme)
    assert saved is not None
    assert saved.signing_secrets == (ended.out.strip(),)
    assert saved.previous_signing_secret is None
    assert "the former one signs no more" in ended.err
    assert cli("subscriptions", "rotate-secret", acme, "--former-hours", "721").code == 2


def test_rotate_secret_prints_a_new_secret_once_and_keeps_the_former_one_signing(
    cli: Cli, producer: Producer, acme: str
) -> None:
    """The standard output has the secret alone, in the form that receivers' libraries take."""
    first, second = (cli("subscriptions", "rotate-secret", acme) for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    secrets = [ended.out.removesuffix("\n") for ended in (second, first)]
    saved = producer.ledger.subscriptions.get(acme)
    assert saved is not None
    assert list(saved.signing_secrets) == secrets
    assert "signs too for 24 h" in second.err
    assert "the one before it signs too until" in cli("subscriptions", "show", acme).out
    assert "secrets" in cli("subscriptions", "list").out
    assert cli("subscriptions", "show", acme, "--json").json["previous_secret_ends_at"] > time.time()
    assert saved.authorization is not None
    assert saved.authorization.get_secret_value() == _TOKEN
    for secret in secrets:
        Webhook(secret)
        assert secret not in first.err + second.err
        assert secret not in cli("subscriptions", "show", acme, "--json").out


def test_health_is_a_worker_of_this_host_that_takes_part(
    cli: Cli, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another host's worker does not count; a name asks for one worker; a limit is kept."""
    monkeypatch.setenv("LESSONHOOK_SWEEP_INTERVAL_SECONDS", str(PATIENCE_SECONDS))
    assert cli("health").code == 1
    producer.ledger.heartbeats.beat("celery@elsewhere", consuming=True)
    assert cli("health").code == 1
    producer.ledger.heartbeats.beat(f"celery@{socket.gethostname()}", consuming=True)
    well = cli("health")
    assert well.code == 0
    assert well.out.startswith(f"celery@{socket.gethostname()} took part ")
    assert cli("health", "--hostname=celery@elsewhere").code == 0
    assert cli("health", "--hostname=celery@nowhere").code == 1
    assert cli("health", "--within=0").code == 1
