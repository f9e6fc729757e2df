"""Which event is next and which may pause a lane: cases that simpler rules miss, numbered as in the rules' list."""

from collections.abc import Callable

import pytest

from lessonhook.ledger import Policy, Recorded, State
from tests.support.people.company import ACCEPTED, FAILED, GONE, THROTTLED, Company, OpenCompany

HOUR = 3_600.0
DAY_MS = 86_400_000


def test_many_are_recorded_as_each_would_be_alone(open_company: OpenCompany) -> None:
    """The first ones take the slots, a pair's second event waits behind its first, a known id is a duplicate."""
    together, alone = open_company(name="together"), open_company(name="alone")
    ids = {"one": ("ann", 3), "two": ("ann", 1), "three": ("bob", 2)}
    step, recorded = together.record_many({**ids})
    for event_id, (learner, completed_at) in ids.items():
        alone.record(event_id, learner=learner, completed_at=completed_at)
    for event_id in ids:
        assert together.ledger.events.get(together.name, event_id) is not None
        one, other = (each.ledger.events.get(each.name, event_id) for each in (together, alone))
        assert one is not None
        assert other is not None
        assert one.state == other.state
    assert len(step.publish) == len(alone.letters)
    assert together.record_many({"one": ("ann", 3)})[1] == (Recorded.DUPLICATE,)
    assert [each.value for each in recorded] == ["queued", "held", "held"]


def test_1_a_fresh_event_is_not_robbed_of_its_own_attempts(company: Company) -> None:
    """While there is a probe, another event's last failure holds that event and does not pause the lane."""
    company.record("old-1")
    company.record("old-2")
    assert [company.post(FAILED) for _ in range(5)] == ["old-1", "old-2", "old-1", "old-2", "old-1"]
    assert company.paused

    company.record("fresh")
    assert [company.post(FAILED) for _ in range(2)] == ["fresh", "old-2"]

    assert company.state("old-2") is State.HELD
    assert not company.paused, "the fresh event has two attempts left"
    assert [company.post(FAILED) for _ in range(2)] == ["fresh", "fresh"]
    assert company.paused


def test_2_the_oldest_held_is_tried_when_no_other_event_could_succeed(open_company: OpenCompany) -> None:
    """A lane that is down, with nothing retrying and nothing in flight, makes its oldest held event the probe."""
    company = open_company(Policy(down_after_failures=2))
    for name in ("first", "second", "third", "fourth"):
        company.record(name)
    assert [company.post(FAILED) for _ in range(2)] == ["first", "second"]
    assert company.slots == 0, "the lane is down: what is held waits for a success"

    company.erase("first")
    company.erase("second")

    assert company.lane("probe") == "third"
    assert company.take().event_id == "third"


def _erased(company: Company) -> None:
    company.erase("probe")


def _expired(company: Company) -> None:
    company.pass_time(23.5 * HOUR)
    company.sweep()


@pytest.mark.parametrize("end", [_erased, _expired])
def test_2_a_probe_that_is_gone_is_succeeded_by_the_oldest_held(
    open_company: OpenCompany, end: Callable[[Company], None]
) -> None:
    """A lane whose probe is erased or expires does not wait for the success that only the probe could bring."""
    company = open_company(Policy(down_after_failures=2, retention_ms=DAY_MS))
    company.record("probe")
    company.post(GONE)
    company.pass_time(HOUR)
    company.pause()
    company.record("held")
    company.resume()
    assert company.post(FAILED) == "probe"
    assert company.lane("probe") == "probe"
    company.letters.clear()

    end(company)

    assert company.lane("probe") == "held"
    assert company.post(ACCEPTED) == "held"


@pytest.mark.parametrize("end", [State.DELIVERED, State.REFUSED, State.EXPIRED, State.ERASED, State.DROPPED])
def test_4_each_end_of_an_event_frees_what_waits_behind_it(open_company: OpenCompany, end: State) -> None:
    """A learner's next completion of a lesson is sent once the one before is in a final state.

    Nothing waits behind a superseded one: a newer one of its learner and lesson was delivered.
    """
    company = open_company(Policy(retention_ms=DAY_MS))
    company.record("first", learner="ann")
    company.pass_time(HOUR)
    company.record("second", learner="ann")
    if end is State.DELIVERED:
        company.post(ACCEPTED)
    elif end is State.ERASED:
        company.erase("first")
    elif end is State.DROPPED:
        company.drop("first")
    elif end is State.EXPIRED:
        company.post(FAILED)
        company.letters.clear()
        company.pass_time(23.5 * HOUR)
        company.sweep()
    else:
        assert [company.post(FAILED) for _ in range(2)] == ["first", "first"]
        company.record("another")
        assert company.post(ACCEPTED) == "another"
        assert company.post(FAILED) == "first"
    assert company.state("first") is end

    assert company.post(ACCEPTED) == "second"


def test_9_a_429_is_judged_by_the_window_at_admission(company: Company) -> None:
    """Of eight in flight the first failure sets the window to 1; the other failures are not their events' fault."""
    company.grow(8)
    names = [f"event-{number}" for number in range(8)]
    for name in names:
        company.record(name)
    deliveries = [company.take() for _ in names]

    company.settle(deliveries[0], FAILED)
    for delivery in deliveries[1:]:
        company.settle(delivery, THROTTLED)

    assert company.attempts(names[0]) == 1
    assert [company.attempts(name) for name in names[1:]] == [0] * 7
    assert {company.state(name) for name in names[1:]} == {State.HELD}


def test_11_an_event_that_is_always_refused_pauses_its_company_once(company: Company) -> None:
    """Exhausted a second time, with another event accepted in between, it is refused and pauses the lane no more."""
    company.record("bad")
    assert [company.post(FAILED) for _ in range(3)] == ["bad"] * 3
    assert company.paused
    company.record("good")
    assert company.post(ACCEPTED) == "good"

    assert [company.post(FAILED) for _ in range(3)] == ["bad"] * 3

    assert company.state("bad") is State.REFUSED
    assert not company.paused
