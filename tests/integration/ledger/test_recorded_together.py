"""Events that one script records: each is stored as if it came alone, although most are written without a look."""

from collections.abc import Iterator
from typing import Any

import pytest

from lessonhook.ledger import FreshEvent, Ledger, Recorded, State
from lessonhook.ledger.transitions.keys import key
from lessonhook.ledger.transitions.pairs import pair_of
from tests.support.people.company import ACCEPTED, FAILED, Company, OpenCompany

_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#: The name of each event, its learner and when it was completed. The first one takes the slot of the lane. Each of the
#: others is alone in its pair, but for those of Ann: one behind another, one ahead of both, and one that comes twice.
_GIVEN = [
    ("first", "zoe", 9), ("one", "bob", 5), ("two", "cid", 4), ("later", "ann", 8), ("three", "dan", 3),
    ("earlier", "ann", 2), ("four", "eve", 7), ("earlier", "ann", 2), ("between", "ann", 6), ("five", "fay", 1),
]  # fmt: skip


def _events() -> Iterator[FreshEvent]:
    for name, learner, completed_at in _GIVEN:
        yield FreshEvent(name, name.encode(), learner, "fire-safety", completed_at)


def _record_alone(ledger: Ledger, subscriber: str) -> None:
    for event in _events():
        ledger.record(
            subscriber,
            event.event_id,
            body=event.body,
            learner=event.learner,
            lesson=event.lesson,
            completed_at=event.completed_at,
            traceparent=_TRACE,
        )


def _stored(ledger: Ledger, subscriber: str) -> dict[str, Any]:
    """Return all that is stored of a subscriber's events, with their order in place of the times of record."""
    redis: Any = ledger.redis
    names = [event.event_id for event in _events()]
    hashes = {name: redis.hgetall(key("event", subscriber, name)) for name in names}
    by_time = sorted(hashes, key=lambda name: int(hashes[name][b"recorded_us"]))
    for fields in hashes.values():
        # It tells which transition of the lane recorded the event, and so differs where one records all.
        del fields[b"recorded_us"], fields[b"last_ok_seen"]
        fields.pop(b"queued_at", None)
    pairs = {pair_of(event.learner, event.lesson) for event in _events()}
    orders = {pair: redis.zrange(key("order", subscriber, pair), 0, -1, withscores=True) for pair in pairs}
    sets = ("open", "held", "exhausted", "retries", "ids", "backfill", "backfill-open")
    return {
        "hashes": hashes,
        "in order": by_time,
        "bodies": {name: redis.get(key("body", subscriber, name)) for name in names},
        "orders": {pair: [(member[16:], score) for member, score in members] for pair, members in orders.items()},
        "sets": {kind: redis.zrange(key(kind, subscriber), 0, -1) for kind in sets},
        "learners": {pair: redis.zrange(key("learner", subscriber, pair[:16]), 0, -1) for pair in pairs},
        "lessons": {pair: redis.zrange(key("lesson", subscriber, pair[16:]), 0, -1) for pair in pairs},
        "lane": {
            name: value
            for name, value in redis.hgetall(key("lane", subscriber)).items()
            if name in {b"recorded", b"window", b"retrying", b"backfill_open", b"backfill_recorded"}
        },
    }


def test_each_is_stored_as_if_it_came_alone(open_company: OpenCompany) -> None:
    """In its hash, its order and every set, with a lifetime."""
    together, alone = open_company(name="together"), open_company(name="alone")
    _, recorded = together.ledger.record_many("together", list(_events()), traceparent=_TRACE)
    _record_alone(alone.ledger, "alone")
    assert [each.value for each in recorded] == ["queued", *["held"] * 6, "duplicate", "held", "held"]
    assert _stored(together.ledger, "together") == _stored(alone.ledger, "alone")


def test_the_past_is_stored_alike_in_one_call_and_in_many(open_company: OpenCompany) -> None:
    """Each event in a call of its own."""
    together, apart = open_company(name="together"), open_company(name="apart")
    together.ledger.record_many("together", list(_events()), traceparent=_TRACE, backfill=True)
    for event in _events():
        apart.ledger.record_many("apart", [event], traceparent=_TRACE, backfill=True)
    assert _stored(together.ledger, "together") == _stored(apart.ledger, "apart")


def test_each_of_an_import_of_small_calls_is_stored_as_if_it_came_alone(open_company: OpenCompany) -> None:
    """The first one of a call is written without a look at the lane too, if a backlog waits and no slot is free."""
    apart, alone = open_company(name="apart"), open_company(name="alone")
    done = [apart.ledger.record_many("apart", [event], traceparent=_TRACE)[1] for event in _events()]
    _record_alone(alone.ledger, "alone")
    assert [each.value for (each,) in done] == ["queued", *["held"] * 6, "duplicate", "held", "held"]
    assert _stored(apart.ledger, "apart") == _stored(alone.ledger, "alone")


def test_an_import_behind_a_backlog_marks_its_hour_and_its_five_minutes(company: Company) -> None:
    """Or the subscriber would count as quiet. One bit of each is set, however many events there are."""
    names = ("first", "second", "third", "fourth")
    company.record_many(dict.fromkeys(names[:2], (None, None)))
    redis: Any = company.ledger.redis

    def marks() -> list[int]:
        kinds = ("hours:*", "published:*")
        return [sum(redis.bitcount(name) for name in redis.scan_iter(f"*{kind}")) for kind in kinds]

    before = marks()
    company.pass_time(7_200)
    company.record_many(dict.fromkeys(names[2:], (None, None)))
    assert marks() == [count + 1 for count in before]


def test_the_first_of_an_import_lifts_the_pause_for_exhausted_attempts(company: Company) -> None:
    """As a fresh event that comes alone, although a backlog waits: it goes first."""
    company.record_many(dict.fromkeys(("old-1", "old-2"), (None, None)))
    while not company.paused:
        company.post(FAILED)
    _, recorded = company.record_many(dict.fromkeys(("fresh", "next"), (None, None)))
    assert recorded == (Recorded.QUEUED, Recorded.HELD)
    assert not company.paused


@pytest.mark.parametrize("backfill", [False, True])
def test_what_is_late_among_many_is_superseded(company: Company, backfill: bool) -> None:
    """Of a subscriber that skips what is older than a delivered completion; all others are held."""
    company.subscribe(skips_late=True)
    company.record("retake", learner="ann", completed_at=20)
    company.post(ACCEPTED)
    events: dict[str, tuple[str | None, int | None]] = {f"event-{number}": (None, None) for number in range(6)}
    events |= {"late": ("ann", 10), "last": (None, None)}
    _, recorded = company.record_many(events, backfill=backfill)
    assert recorded[-2:] == (Recorded.SUPERSEDED, Recorded.HELD)
    assert company.state("late") is State.SUPERSEDED


def test_what_is_known_among_many_is_a_duplicate(open_company: OpenCompany) -> None:
    """And all others are recorded, in their order."""
    company = open_company(max_in_flight=1)
    known: dict[str, tuple[str | None, int | None]] = {f"event-{number}": (None, None) for number in range(8)}
    company.record_many(known)
    fresh: dict[str, tuple[str | None, int | None]] = {f"fresh-{number}": (None, None) for number in range(8)}
    mixed = {name: facts for both in zip(known, fresh, strict=True) for name in both for facts in [(None, None)]}
    _, recorded = company.record_many(mixed)
    assert recorded == (Recorded.DUPLICATE, Recorded.HELD) * 8
    assert company.posts_until_quiet(ACCEPTED) == [*known, *fresh]
