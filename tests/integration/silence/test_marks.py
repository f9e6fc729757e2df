"""A record marks its hour and its five minutes: once each, in few commands, for some weeks."""

from datetime import UTC, datetime, timedelta

import redis

from lessonhook.ledger import Policy, weekday
from lessonhook.ledger.transitions.keys import key, published_key, shard_of
from tests.integration.silence.conftest import MONDAY, PlannedLms
from tests.support.people.company import Company
from tests.support.servers.command_counts import counted

_DAY = (MONDAY - datetime(1970, 1, 1, tzinfo=UTC)).days
_WEEK = (_DAY + 3) // 7
_WEEKS_KEPT_MS = 21 * 7 * 86_400_000


def planned(client: redis.Redis) -> PlannedLms:
    """Return an LMS with one company."""
    lms = PlannedLms(client)
    lms.open("acme")
    return lms


def test_a_week_begins_on_a_monday() -> None:
    """As people read it."""
    assert weekday(_DAY) == 0
    assert MONDAY.weekday() == 0


def test_each_hour_and_each_five_minutes_have_a_mark(redis_client: redis.Redis) -> None:
    """The last minute of a Sunday, the first one of a Monday, and two completions of one hour."""
    lms = planned(redis_client)
    for minutes in (-1, 0, 9 * 60 + 4, 9 * 60 + 59):
        lms.record("acme", MONDAY + timedelta(minutes=minutes))
    ledger = lms.ledger
    lms.set_clock(MONDAY + timedelta(days=3))
    [(name, hours)] = ledger.rhythms.hours(["acme"], ledger.now_ms())
    assert name == "acme"
    assert hours == {_DAY - 1: 1 << 23, _DAY: 1 | 1 << 9}
    assert ledger.rhythms.slots(ledger.now_ms()) == {_DAY - 1: 1 << 287, _DAY: 1 | 1 << 108 | 1 << 119}


def test_the_five_minutes_are_those_of_all_subscribers(redis_client: redis.Redis) -> None:
    """They are in different shards, and read together."""
    lms = planned(redis_client)
    lms.open("beta")
    assert shard_of("acme") != shard_of("beta")
    lms.record("acme", MONDAY)
    lms.record("beta", MONDAY + timedelta(minutes=5))
    ledger = lms.ledger
    assert ledger.rhythms.slots(ledger.now_ms()) == {_DAY: 0b11}


def test_many_in_the_same_five_minutes_cost_nothing(redis_client: redis.Redis) -> None:
    """The first one of an hour costs two commands, the first one of further five minutes one, and all others none."""
    company = Company(redis_client, Policy())
    lms = PlannedLms(redis_client)
    lms.companies["acme"] = company
    costs = []
    for minutes in (0, 1, 2, 6, 60):
        lms.set_clock(MONDAY + timedelta(minutes=minutes))
        with counted(redis_client) as asked:
            company.record(f"{minutes}")
        costs.append(asked.count("setbit"))
    assert costs == [2, 0, 0, 1, 2]


def test_what_is_old_is_forgotten(redis_client: redis.Redis) -> None:
    """Each mark's key has a lifetime, and no reader looks further back than that."""
    lms = planned(redis_client)
    lms.record("acme", MONDAY)
    ledger = lms.ledger
    for name in (key("hours", "acme", str(_WEEK)), published_key(shard_of("acme"), _WEEK)):
        assert _WEEKS_KEPT_MS - 60_000 < redis_client.pttl(name) <= _WEEKS_KEPT_MS
    lms.set_clock(MONDAY + timedelta(weeks=21))
    assert list(ledger.rhythms.hours(["acme"], ledger.now_ms())) == [("acme", {})]


def test_a_repeat_and_a_completion_without_subscription_leave_no_mark(redis_client: redis.Redis) -> None:
    """Only what is recorded counts."""
    lms = planned(redis_client)
    lms.set_clock(MONDAY)
    company = lms.companies["acme"]
    company.record("one")
    lms.set_clock(MONDAY + timedelta(hours=2))
    company.record("one")
    ledger = company.ledger
    ledger.subscriptions.remove("acme", by="ada")
    company.record("two")
    assert list(ledger.rhythms.hours(["acme"], ledger.now_ms())) == [("acme", {_DAY: 1})]
