"""No key stays in Redis for ever by accident, and each stays for the time that the policy sets."""

from collections.abc import Iterator

import pytest

from lessonhook.ledger import Policy
from lessonhook.ledger.transitions.keys import key
from lessonhook.ledger.transitions.pairs import pair_of
from tests.support.people.company import ACCEPTED, FAILED, GONE, Company, OpenCompany
from tests.support.servers.key_leaks import keys_without_lifetime

HOUR_MS = 3_600_000
#: Lifetimes that cannot be taken for one another.
POLICY = Policy(
    delivered_retention_ms=7 * HOUR_MS,
    retention_ms=30 * HOUR_MS,
    statement_retention_ms=4_000 * HOUR_MS,
)
#: The sweep expires an undelivered event at its retention; its keys outlive that in case no sweep runs.
UNDELIVERED_MS = POLICY.retention_ms + POLICY.delivered_retention_ms
#: Who was posted to and who failed is of interest for minutes only.
LATELY_MS = 2 * HOUR_MS
#: What a key may have lost of its lifetime since it was written.
A_MOMENT_MS = 60_000


@pytest.fixture
def company(open_company: OpenCompany) -> Company:
    """Return a company under that policy."""
    return open_company(POLICY)


def lifetimes(company: Company) -> Iterator[tuple[str, int]]:
    """Yield every key of the ledger with its remaining lifetime in milliseconds."""
    for name in company.ledger.redis.scan_iter():
        yield name.decode(), company.ledger.redis.pttl(name)


def left(company: Company, kind: str, event_id: str | None = None) -> int:
    """Return the remaining lifetime of a key in milliseconds."""
    return int(company.ledger.redis.pttl(key(kind, company.name, event_id)))


def about(milliseconds: int) -> range:
    """Return the remaining lifetimes that are right for a key that was written with this lifetime."""
    return range(milliseconds - A_MOMENT_MS, milliseconds + 1)


def everything_that_can_happen(company: Company) -> None:
    """Write a key of every kind: use each collection of the lane, and bring events to each final state."""
    company.record("delivered")
    company.post(ACCEPTED)
    company.record("erased", learner="ann")
    company.record("behind", learner="ann")
    company.erase("erased")
    company.record("refused")
    company.record("good")
    for _ in range(2):
        company.settle(company.take(), ACCEPTED)
    company.record("retrying")
    company.post(FAILED)
    company.record("exhausted")
    company.post(GONE)
    company.record("held")
    company.record("flying")


def test_every_key_has_a_lifetime_but_what_a_company_set_up(company: Company) -> None:
    """Subscriptions stay until they are removed; every other key has a lifetime."""
    everything_that_can_happen(company)

    assert list(keys_without_lifetime(company.ledger.redis)) == []
    kept = {POLICY.delivered_retention_ms, POLICY.retention_ms, UNDELIVERED_MS, POLICY.statement_retention_ms}
    kept |= {POLICY.marks_retention_ms}
    for name, milliseconds in lifetimes(company):
        if name.endswith((":active", ":failing")):
            assert milliseconds <= LATELY_MS, name
        elif milliseconds != -1:
            assert any(milliseconds in about(lifetime) for lifetime in kept), f"{name} has {milliseconds} ms left"


def test_a_delivered_event_can_be_looked_at_for_its_retention(company: Company) -> None:
    """Its record, its body and its attempts expire together."""
    company.record("event")
    company.post(FAILED)
    company.post(ACCEPTED)

    for kind in ("event", "body", "attempts"):
        assert left(company, kind, "event") in about(POLICY.delivered_retention_ms), kind


def test_a_settle_sent_twice_does_not_prolong_a_delivered_event(company: Company) -> None:
    """The worker did not get the first reply; the attempt that it records again is kept no longer than the event."""
    company.record("event")
    delivery = company.take()
    company.settle(delivery, ACCEPTED)

    company.settle(delivery, ACCEPTED)

    assert left(company, "attempts", "event") in about(POLICY.delivered_retention_ms)


def test_an_undelivered_event_outlives_its_retention(company: Company) -> None:
    """The sweep expires, counts and logs it at its retention, so Redis must not delete it before."""
    company.record("event")
    company.post(FAILED)

    for kind in ("event", "body", "attempts"):
        assert left(company, kind, "event") in about(UNDELIVERED_MS), kind


def test_a_refused_event_is_kept_for_a_person_to_send_again(company: Company) -> None:
    """It is undelivered, so it stays for the retention, from the time at which it was refused."""
    company.record("refused")
    company.record("good")
    assert [company.post(FAILED), company.post(ACCEPTED), company.post(GONE)] == ["refused", "good", "refused"]

    for kind in ("event", "body", "attempts"):
        assert left(company, kind, "refused") in about(POLICY.retention_ms), kind


def test_an_erased_event_leaves_its_record_and_nothing_that_was_in_it(company: Company) -> None:
    """Its state can be read for the retention of delivered events; its body and the responses are deleted at once."""
    company.record("erased")
    company.post(FAILED)

    company.erase("erased")

    assert left(company, "event", "erased") in about(POLICY.delivered_retention_ms)
    assert not company.ledger.redis.exists(key("body", company.name, "erased"))
    assert not company.ledger.redis.exists(key("attempts", company.name, "erased"))


def test_a_lane_is_kept_as_long_as_a_statement(company: Company) -> None:
    """The lane's facts about its endpoint and the counts by day expire."""
    company.record("event")
    today = company.now_ms // (24 * HOUR_MS)

    assert left(company, "lane") in about(POLICY.statement_retention_ms)
    assert left(company, "day", str(today)) in about(POLICY.statement_retention_ms)


def test_a_lane_under_an_operators_pause_is_kept_until_it_is_lifted(company: Company) -> None:
    """A pause that a person set must not end by itself."""
    company.record("event")
    company.pause()
    assert left(company, "lane") == -1

    company.resume()
    assert left(company, "lane") in about(POLICY.statement_retention_ms)


def test_what_a_lane_holds_is_renewed_while_it_is_used(company: Company) -> None:
    """A collection gets its lifetime when it is made, and again on each day on which it is used."""
    for name in ("retrying", "held"):
        company.record(name)
    company.post(FAILED)
    company.letters.clear()
    kinds = ("open", "retries", "queued")
    for kind in kinds:
        assert left(company, kind) in about(UNDELIVERED_MS)
        company.ledger.redis.pexpire(key(kind, company.name), HOUR_MS)

    company.pass_time(24 * HOUR_MS / 1000)
    company.record("next day")

    for kind in kinds:
        assert left(company, kind) in about(UNDELIVERED_MS), kind


def test_the_indexes_forget_what_no_event_can_be_as_old_as(company: Company) -> None:
    """An id leaves those of its learner and of its lesson with one of the next sixteen that are recorded together."""
    company.record("old", learner="ann")
    company.pass_time((UNDELIVERED_MS + A_MOMENT_MS) / 1000)

    company.record_many({f"new-{number}": ("ann", None) for number in range(16)})

    pair = pair_of("ann", "fire-safety")
    for kind, digest in (("learner", pair[:16]), ("lesson", pair[16:])):
        ids = company.ledger.redis.zrange(key(kind, company.name, digest), 0, -1)
        assert sorted(ids) == sorted(f"new-{number}".encode() for number in range(16)), kind
