"""Thousands of lanes are read in few round trips, with the same figures as one by one; none in trouble is missed."""

from collections.abc import Callable

import pytest
import redis

from lessonhook.ledger import Ledger, Policy
from lessonhook.ledger.transitions.keys import SHARDS, shard_of
from tests.support.people.company import FAILED, GONE, Company
from tests.support.servers.command_counts import counted

_TROUBLES: dict[str, Callable[[Company], object]] = {
    "undelivered": lambda company: company.record("event"),
    "failing": lambda company: (company.record("event"), company.post(FAILED)),
    "paused": lambda company: (company.record("event"), company.post(GONE)),
    "paused by an operator": lambda company: company.pause(),
    "paused with nothing left": lambda company: (company.record("event"), company.post(GONE), company.erase("event")),
}


@pytest.fixture
def ledger(redis_client: redis.Redis) -> Ledger:
    """Return a ledger with 1,200 subscribers at rest: more than one round trip reads."""
    ledger = Ledger(redis_client, Policy())
    for number in range(1_200):
        ledger.subscribe(f"quiet-{number:04}", document=b"{}", endpoint="one", max_in_flight=None, max_per_second=None)
    return ledger


def test_lanes_are_read_as_one_by_one(ledger: Ledger) -> None:
    """They come in the order of the names given, unknown ones too."""
    company = Company(ledger.redis, ledger.policy)
    company.record("event")
    names = ["quiet-0007", "acme", *(f"quiet-{number:04}" for number in range(1_100)), "unknown"]
    lanes = ledger.lanes.statuses(names)
    assert [lane.subscriber for lane in lanes] == names
    assert lanes[1].undelivered == 1
    assert lanes[-1] == ledger.lanes.status("unknown")


def test_a_call_reads_many_lanes_of_a_shard(ledger: Ledger) -> None:
    """A call for each lane was most of the time of `lessonhook status` with 10,000 subscribers in trouble."""
    with counted(ledger.redis) as asked:
        ledger.lanes.statuses(ledger.lanes.subscribers())
    assert asked.count("hgetall") == 1_200
    assert asked.count("fcall") == SHARDS
    assert asked.round_trips < SHARDS / 4


def test_a_call_reads_no_more_than_others_can_wait_for(ledger: Ledger) -> None:
    """The lanes of one shard, however many, are read in calls of a bounded number."""
    of_one_shard = [name for number in range(20_000) if shard_of(name := f"unknown-{number}") == 7][:100]
    with counted(ledger.redis) as asked:
        assert len(ledger.lanes.statuses(of_one_shard)) == 100
    assert asked.count("fcall") == 3


def test_one_question_goes_to_all_shards_at_once(ledger: Ledger) -> None:
    """Who has undelivered events, and who has none of the subscriptions: a question a shard was 64 round trips."""
    with counted(ledger.redis) as asked:
        assert ledger.lanes.busy_subscribers() == []
    assert asked.round_trips <= 2
    with counted(ledger.redis) as asked:
        assert ledger.lanes.unsubscribed() == {}
    assert asked.round_trips <= 2


@pytest.mark.parametrize("trouble", _TROUBLES)
def test_who_is_in_trouble_is_named(ledger: Ledger, trouble: str) -> None:
    """None of the many at rest is named; a lane in trouble is, even if it has no undelivered event."""
    _TROUBLES[trouble](Company(ledger.redis, ledger.policy))
    assert ledger.lanes.notable() == {"acme"}


def test_who_is_in_trouble_is_asked_once_a_shard(ledger: Ledger) -> None:
    """Where all is well, a question for each of thousands of subscribers was most of what `lessonhook status` did."""
    with counted(ledger.redis) as asked:
        assert ledger.lanes.notable() == set()
    assert asked.count("fcall") == SHARDS
    assert asked.round_trips < SHARDS / 2


def test_who_has_undelivered_events_is_not_looked_at_for_other_signs(ledger: Ledger) -> None:
    """Where everybody's endpoint fails, the question who is in trouble costs one look at each shard and no more."""
    everyone = {f"quiet-{number:04}" for number in range(20)}
    for name in everyone:
        Company(ledger.redis, ledger.policy, name=name).record(f"event-of-{name}")
    with counted(ledger.redis) as asked:
        assert ledger.lanes.notable() == everyone
    assert asked.count("hmget") == 1_200 - 20
