"""An older completion that is published late: sent by default, skipped if the subscription says so."""

import pytest

from lessonhook.ledger import Recorded, State
from lessonhook.ledger.transitions.keys import key
from tests.support.people.company import ACCEPTED, FAILED, Company


@pytest.fixture
def skipping(company: Company) -> Company:
    """Return a company that wants no older completion after a newer one."""
    company.subscribe(skips_late=True)
    return company


def test_by_default_every_completion_is_sent(company: Company) -> None:
    """Nothing is remembered of what was delivered."""
    company.record("retake", learner="ann", completed_at=20)
    company.post(ACCEPTED)
    assert company.record("first", learner="ann", completed_at=10).recorded is Recorded.QUEUED
    assert not list(company.ledger.redis.scan_iter("*newest:*"))


def test_skip_sends_no_older_completion_after_a_newer_one(skipping: Company) -> None:
    """It is superseded: seen, counted and replayed, and its lane has nothing to do for it."""
    skipping.record("retake", learner="ann", completed_at=20)
    skipping.post(ACCEPTED)

    step = skipping.record("first", learner="ann", completed_at=10)

    assert (step.recorded, step.state, step.publish) == (Recorded.SUPERSEDED, State.SUPERSEDED, ())
    status = skipping.ledger.lanes.status(skipping.name)
    assert (status.superseded, status.delivered, status.undelivered) == (1, 1, 0)
    assert skipping.ledger.events.body(skipping.name, "first") == b"first"
    assert skipping.record("first", learner="ann", completed_at=10).recorded is Recorded.DUPLICATE
    assert skipping.replayed("first", ACCEPTED).state is State.DELIVERED


def test_skip_sends_what_is_newer_or_of_the_same_second(skipping: Company) -> None:
    """And whatever another learner did."""
    skipping.record("first", learner="ann", completed_at=20)
    skipping.post(ACCEPTED)
    for name, learner, completed_at in (("same", "ann", 20), ("newer", "ann", 30), ("other", "bob", 10)):
        skipping.record(name, learner=learner, completed_at=completed_at)
        assert skipping.post(ACCEPTED) == name


def test_what_waits_is_superseded_when_a_newer_one_is_delivered(skipping: Company) -> None:
    """Recorded while the newer one was in flight, or set behind by a person's replay."""
    skipping.record("retake", learner="ann", completed_at=20)
    delivery = skipping.take()
    skipping.record("first", learner="ann", completed_at=10)
    skipping.settle(delivery, ACCEPTED)
    assert skipping.state("first") is State.SUPERSEDED

    skipping.record("third", learner="bob", completed_at=30)
    skipping.post(FAILED)
    skipping.record("fourth", learner="bob", completed_at=40)
    skipping.replayed("fourth", ACCEPTED)
    assert skipping.state("third") is State.SUPERSEDED


def test_the_newest_is_remembered_as_long_as_what_was_delivered(skipping: Company) -> None:
    """Its key names nobody, and takes less than 200 bytes."""
    skipping.record("first", learner="ann", completed_at=20)
    skipping.post(ACCEPTED)
    redis = skipping.ledger.redis
    names = list(redis.scan_iter(key("newest", skipping.name, "*")))
    assert len(names) == 1
    assert abs(redis.pttl(names[0]) - skipping.policy.delivered_retention_ms) < 60_000
    assert (redis.memory_usage(names[0]) or 0) < 200


class TestDrop:
    """A person no longer wants an event sent."""

    def test_a_dropped_event_is_not_sent_and_can_be_replayed(self, company: Company) -> None:
        """What waited behind it goes, and the reason is kept."""
        company.record("first", learner="ann", completed_at=10)
        company.record("second", learner="ann", completed_at=20)
        assert company.drop("first").state is State.DROPPED
        assert company.post(ACCEPTED) == "second"
        event = company.ledger.events.get(company.name, "first")
        assert event is not None
        assert event.closed_because == "a person"
        assert company.ledger.lanes.status(company.name).dropped == 1
        assert company.replayed("first", ACCEPTED).state is State.DELIVERED

    def test_what_a_worker_has_in_hand_is_not_dropped(self, company: Company) -> None:
        """The endpoint may accept it at this moment."""
        company.record("event")
        delivery = company.take()
        assert company.drop("event").state is State.DELIVERING
        assert company.settle(delivery, ACCEPTED).state is State.DELIVERED


class TestARemovedCompany:
    """Nothing of it stays for ever."""

    def test_its_name_goes_with_its_last_event(self, company: Company) -> None:
        """However that event ends: here it expires."""
        company.record("event")
        company.letters.clear()
        company.ledger.unsubscribe(company.name)
        assert company.ledger.lanes.subscribers() == [company.name]
        company.pass_time(31 * 86_400)
        company.sweep()
        assert company.ledger.lanes.subscribers() == []

    def test_an_operators_pause_does_not_keep_its_lane(self, company: Company) -> None:
        """With a subscription again, the pause has no end once more."""
        lane = key("lane", company.name)
        company.record("event")
        company.pause()
        company.ledger.unsubscribe(company.name)
        assert company.ledger.redis.pttl(lane) > 0
        company.subscribe()
        assert company.ledger.redis.pttl(lane) == -1
        company.resume()
