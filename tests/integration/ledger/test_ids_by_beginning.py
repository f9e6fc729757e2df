"""The beginning of an id finds an event as long as the event is kept, and the index keeps no id for longer."""

from typing import Any

import redis

from lessonhook.ledger import Policy, State
from lessonhook.ledger.transitions.keys import key
from tests.support.people.company import ACCEPTED, FAILED, GONE, Company, OpenCompany
from tests.support.servers.command_counts import counted

_HOUR_MS = 3_600_000
_POLICY = Policy(delivered_retention_ms=7 * _HOUR_MS, retention_ms=30 * _HOUR_MS)
_MANY = 1_000


def found(company: Company, beginning: str) -> list[str]:
    """Return what the beginning finds."""
    return company.ledger.events.beginning_with(company.name, beginning, at_most=20)


def indexed(company: Company) -> list[str]:
    """Return all ids of the index."""
    members: Any = company.ledger.redis.zrange(key("ids", company.name), 0, -1)
    return [member.decode() for member in members]


def test_a_beginning_finds_events_in_every_state(company: Company) -> None:
    """Sorted, with every sign as itself; fewer than four characters find nothing."""
    for event_id in ("abc-1", "abc-2", "abcd]*", "abd-1", "xyz-1"):
        company.record(event_id)
    company.post(ACCEPTED)
    company.drop("abd-1")
    company.erase("abc-2")
    assert found(company, "abc-") == ["abc-1", "abc-2"]
    assert found(company, "abcd") == found(company, "abcd]*") == ["abcd]*"]
    assert found(company, "abd-") == ["abd-1"]
    assert [found(company, nothing) for nothing in ("abc", "ABC-", "abc*", "abc-12", "äbcd")] == [[]] * 5


def test_the_index_forgets_an_event_with_its_retention(open_company: OpenCompany) -> None:
    """A delivered, an erased and a dropped one after that of delivered events; all others after the longer one."""
    company = open_company(_POLICY)
    company.record("refused")
    company.record("delivered")
    assert [company.post(FAILED), company.post(ACCEPTED), company.post(GONE)] == ["refused", "delivered", "refused"]
    company.pause()
    for event_id in ("erased", "dropped", "waiting"):
        company.record(event_id)
    company.erase("erased")
    company.drop("dropped")
    assert indexed(company) == ["delivered", "dropped", "erased", "refused", "waiting"]
    company.pass_time(8 * 3600)
    company.sweep()
    assert indexed(company) == ["refused", "waiting"]
    company.pass_time(23 * 3600)
    company.sweep()
    assert company.state("waiting") is State.EXPIRED
    assert indexed(company) == ["waiting"]
    company.record("another")
    company.pass_time(8 * 3600)
    company.sweep()
    assert indexed(company) == ["another"]


def test_an_event_whose_record_is_gone_leaves_the_index(company: Company) -> None:
    """Redis evicted it: the sweep counts it as expired."""
    company.record("evicted")
    company.ledger.redis.delete(key("event", company.name, "evicted"))
    company.pass_time(31 * 24 * 3600)
    company.sweep()
    assert indexed(company) == []


def test_an_id_that_comes_again_after_its_retention_stays_findable(open_company: OpenCompany) -> None:
    """Its former place among the delivered is removed by the record, or the sweep would forget the new event's id."""
    company = open_company(_POLICY)
    company.record("again")
    company.post(ACCEPTED)
    company.ledger.redis.delete(key("event", company.name, "again"))
    company.pass_time(8 * 3600)
    company.pause()
    company.record("again")
    company.sweep()
    assert found(company, "agai") == ["again"]
    assert company.ledger.redis.zcard(key("done", company.name)) == 0


def test_a_search_reads_what_it_finds_however_many_there_are(company: Company, redis_client: redis.Redis) -> None:
    """One command, whose work is that of what is found."""
    for start in range(0, _MANY, 32):
        company.record_many({f"event-{number:04}": (None, None) for number in range(start, start + 32)})
    with counted(redis_client) as asked:
        assert found(company, "event-050") == [f"event-050{last}" for last in range(10)]
    assert asked.count("zrange") == 1
    assert asked.count("zscan", "hmget", "hgetall") == 0


def test_a_lane_that_was_idle_is_cleared_in_several_steps(open_company: OpenCompany) -> None:
    """More than one command removes: nothing of a thousand and more old events is left."""
    company = open_company(_POLICY)
    company.record("waiting")
    company.pause()
    many = {f"old-{number}": 1.0 for number in range(2_500)}
    company.ledger.redis.zadd(key("done", company.name), many)
    company.ledger.redis.zadd(key("ids", company.name), dict.fromkeys(many, 0.0))
    company.pass_time(8 * 3600)
    company.sweep()
    assert indexed(company) == ["waiting"]
    assert company.ledger.redis.zcard(key("done", company.name)) == 0
