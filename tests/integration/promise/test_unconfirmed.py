"""Accepted is not recorded: an acceptance that its response does not confirm is delivered, counted and shown."""

import json
from typing import Any

from lessonhook.ledger import Attempt
from lessonhook.ledger.transitions.keys import key
from lessonhook.producer import Acknowledgement
from tests.support.endpoints.exchange import Response
from tests.support.people.house import House

SKIPPED = Response(headers=(("Content-Type", "application/json"),), body=b'{"skipped": true}')
#: More than what is kept of a response for people, less than what is read.
RECORDED_AT_LENGTH = Response(body=json.dumps({"padding": "x" * 20_000, "id": 7}).encode())


def test_an_unconfirmed_acceptance_is_delivered_once_and_counted(house: House) -> None:
    """It is never retried and pauses nobody; the status, the day's counts and the log tell of it."""
    customer = house.customer(acknowledgement=Acknowledgement(absent="$.skipped"))
    customer.respond(SKIPPED, Response())
    first = customer.publish()
    status = customer.wait_for(delivered=1)
    assert (status.unconfirmed, status.failures_in_a_row, status.paused) == (1, 0, None)
    assert status.last_outcome == "accepted: 200, unconfirmed: its response has $.skipped"
    redis: Any = house.ledger.redis
    [attempt] = redis.lrange(key("attempts", customer.name, first), 0, -1)
    assert Attempt.read(attempt).unconfirmed == "its response has $.skipped"
    customer.publish()
    # An empty body is no JSON.
    assert customer.wait_for(delivered=2).unconfirmed == 2
    assert len(customer.posts) == 2
    # Of one day, unless midnight came between them.
    days = [redis.hgetall(name) for name in redis.keys(f"*day:{customer.name}/*")]
    assert [sum(int(day.get(count, 0)) for day in days) for count in (b"unconfirmed", b"delivered")] == [2, 2]
    line = next(line for line in house.worker.logs().splitlines() if first in line)
    assert "delivery.accepted" in line
    assert "its response has $.skipped" in line


def test_a_confirmed_acceptance_is_not_counted(house: House) -> None:
    """What confirms it may stand anywhere in what is read of a response."""
    customer = house.customer(acknowledgement=Acknowledgement(present="$.id"))
    customer.respond(RECORDED_AT_LENGTH)
    customer.publish()
    status = customer.wait_for(delivered=1)
    assert (status.unconfirmed, status.last_outcome) == (0, "accepted: 200")


def test_without_a_rule_every_acceptance_is_as_good_as_another(house: House) -> None:
    """The rule is off unless a subscription has one."""
    customer = house.customer()
    customer.respond(SKIPPED)
    customer.publish()
    assert customer.wait_for(delivered=1).unconfirmed == 0


def test_an_unconfirmed_acceptance_lifts_a_pause_and_lets_the_others_follow(house: House) -> None:
    """The endpoint responds: what it did with the completion is for people to find out."""
    customer = house.customer(acknowledgement=Acknowledgement(absent="$.skipped"))
    customer.respond(Response(status=410), SKIPPED)
    customer.publish()
    customer.wait_for(paused=True)
    customer.publish()
    assert customer.wait_for(delivered=2, paused=None).unconfirmed == 2
