"""`lessonhook subscriptions put --ack-…`: what confirms an acceptance, from the command line to what it shows."""

import pytest

from lessonhook.producer import Acknowledgement, Producer
from tests.support.endpoints.exchange import Response
from tests.support.people.customer import Customer
from tests.support.processes.command_line import Cli

_PUT = ("subscriptions", "put", "acme", "http://127.0.0.1:9/acme", "--no-authorization")


def test_a_rule_is_saved_and_shown(cli: Cli, producer: Producer) -> None:
    """In words for people, in fields for scripts; put again without it, it is gone."""
    ran = cli(*_PUT, "--ack-status", "201", "--ack-content-type", "application/json", "--ack-absent", "$.skipped")
    assert ran.code == 0
    assert "confirmed by status 201, content type application/json, $.skipped not there" in ran.out
    saved = producer.ledger.subscriptions.get("acme")
    assert saved is not None
    assert saved.acknowledgement == Acknowledgement(status=201, content_type="application/json", absent="$.skipped")
    shown = cli("subscriptions", "show", "acme", "--json").json
    assert shown["acknowledgement"]["absent"] == "$.skipped"
    assert "confirmed by" not in cli(*_PUT).out


@pytest.mark.parametrize(
    ("option", "rule"),
    [
        (("--ack-status", "404"), "acknowledgement.status: must be at most 299"),
        (("--ack-present", "id"), "acknowledgement.present: must be a path such as $.result.id or $.items[0]"),
        (("--ack-content-type", "json"), "acknowledgement.content_type: must be a media type without parameters"),
    ],
)
def test_a_wrong_rule_is_2_and_named(cli: Cli, producer: Producer, option: tuple[str, str], rule: str) -> None:
    """Nothing is saved."""
    ran = cli(*_PUT, *option)
    assert ran.code == 2
    assert rule in ran.err
    assert producer.ledger.subscriptions.get("acme") is None


def test_a_test_says_what_the_response_lacks(cli: Cli, customer: Customer) -> None:
    """`send-test` shows it before the first completion does."""
    customer.subscribe(acknowledgement=Acknowledgement(absent="$.skipped"))
    customer.respond(Response(body=b'{"skipped": true}'))
    ran = cli("send-test", customer.name)
    assert "accepted it, but its response does not confirm it: its response has $.skipped" in ran.out
