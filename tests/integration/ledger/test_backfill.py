"""Events of the past go after all live ones, one at a time and at a pace, with every promise that other events have."""

from itertools import pairwise

import pytest

from lessonhook.ledger import Policy, Recorded, State
from lessonhook.ledger.transitions.keys import key
from tests.support.people.company import ACCEPTED, FAILED, GONE, Company, OpenCompany

PAST = tuple(f"past-{number}" for number in range(5))


def pasts(company: Company) -> list[str]:
    """Name the undelivered events of the past, in record order."""
    members = company.ledger.redis.zrange(key("backfill-open", company.name), 0, -1)
    return [member.decode() for member in members]  # type: ignore[union-attr]  # of a synchronous client


def test_the_past_follows_the_live_events_in_its_order(company: Company) -> None:
    """However late the live ones come: what waits of them goes first."""
    company.record("live-0")
    company.record("live-1")
    company.backfill(*PAST)
    company.record("live-2")

    assert company.posts_until_quiet(ACCEPTED) == ["live-0", "live-1", "live-2", *PAST]
    assert [delivery.backfill for delivery in company.posts] == [False] * 3 + [True] * 5


def test_one_of_the_past_is_in_flight_and_no_other(company: Company) -> None:
    """Whatever the window is, and a live event may go beside it."""
    company.grow(8)
    company.backfill(*PAST)
    assert company.take().event_id == PAST[0]

    assert company.slots == 1
    assert company.record("live").recorded is Recorded.QUEUED
    assert company.take().event_id == "live"


def test_the_past_keeps_its_pace(open_company: OpenCompany) -> None:
    """A fifth of a second lies between two POSTs, by the ledger's clock, and each is woken for by a countdown."""
    company = open_company(Policy(backfill_interval_ms=60_000))
    company.backfill(*PAST)
    starts = []
    for _ in PAST:
        delivery = company.take()
        starts.append(company.started_ms(delivery))
        company.settle(delivery, ACCEPTED, in_place=True)
        assert len(company.letters) == (1 if len(starts) < len(PAST) else 0)

    assert all(later - earlier >= 60_000 for earlier, later in pairwise(starts))
    assert len(company.posts) == len(PAST)


def test_the_past_is_no_faster_than_max_per_second(open_company: OpenCompany) -> None:
    """The subscription's own pace holds for all its events together."""
    company = open_company(max_per_second=0.01)
    company.backfill(*PAST[:2])
    first = company.take()
    started = company.started_ms(first)
    company.settle(first, ACCEPTED)

    assert company.started_ms(company.take()) - started >= 100_000


def test_the_sweep_goes_on_with_the_past_if_a_countdown_is_lost(company: Company) -> None:
    """It looks a grace after the time of the next one."""
    company.backfill(*PAST)
    company.post(ACCEPTED)
    company.letters.clear()

    company.pass_time(6)
    company.sweep()
    assert [letter.event_id for letter in company.letters] == [PAST[1]]


def test_a_live_event_takes_the_slot_of_one_that_waits_for_a_worker(company: Company) -> None:
    """Its window is one, and the message of the past may wait for long in the queue of retries."""
    company.backfill(*PAST)
    [letter] = company.letters
    assert letter.queue == "retries"

    assert company.record("live").recorded is Recorded.QUEUED
    assert company.state(PAST[0]) is State.HELD
    assert company.posts_until_quiet(ACCEPTED) == ["live", *PAST]


def test_the_past_lifts_no_pause_for_exhausted_attempts(company: Company) -> None:
    """Only a live event does."""
    company.record("live")
    company.post(GONE)
    assert company.paused

    company.backfill(*PAST)
    assert company.paused
    company.record("fresh")
    assert not company.paused
    assert company.posts_until_quiet(ACCEPTED) == ["fresh", "live", *PAST]


def test_an_operators_pause_holds_the_past(company: Company) -> None:
    """Until it is lifted."""
    company.pause()
    company.backfill(*PAST)
    assert company.posts_until_quiet(ACCEPTED) == []

    company.resume()
    assert company.posts_until_quiet(ACCEPTED) == list(PAST)


def test_a_failure_of_the_past_is_one_of_the_endpoint(company: Company) -> None:
    """It has three attempts, a retry delay apart, and the last one pauses the subscriber."""
    company.backfill(PAST[0])
    before = company.now_ms
    assert [company.post(FAILED) for _ in range(3)] == [PAST[0]] * 3

    assert company.now_ms - before >= 2 * company.policy.retry_delay_ms
    assert company.paused
    assert int(company.lane("failures_in_a_row")) == 3
    company.resume()
    assert company.posts_until_quiet(ACCEPTED) == [PAST[0]]


def test_a_retry_of_the_past_goes_after_live_events(company: Company) -> None:
    """Both are due at the same time."""
    company.backfill(PAST[0])
    company.post(FAILED)
    company.pause()
    company.record("live")
    company.pass_time(301)

    company.resume()
    assert company.posts_until_quiet(ACCEPTED) == ["live", PAST[0]]


def test_one_that_is_always_refused_is_set_aside(company: Company) -> None:
    """The others are delivered meanwhile, so it pauses nobody."""
    company.backfill("refused", *PAST)
    company.post(FAILED)
    assert company.posts_until_quiet(ACCEPTED)[:5] == list(PAST)
    assert company.state("refused") is State.DELIVERED

    company.backfill("bad", "good")
    company.post(FAILED)
    company.post(ACCEPTED)
    company.post(GONE)
    assert company.state("bad") is State.REFUSED
    assert not company.paused


def test_it_is_stopped_and_goes_on(company: Company) -> None:
    """One that waits for a worker is held when its message comes; live events go on."""
    company.backfill(*PAST)
    company.set_backfill(stopped=True)
    assert company.posts_until_quiet(ACCEPTED) == []
    company.record("live")
    assert company.posts_until_quiet(ACCEPTED) == ["live"]
    status = company.ledger.lanes.status(company.name)
    assert (status.backfill, status.backfill_stopped is not None) == (5, True)

    company.set_backfill(stopped=False)
    assert company.posts_until_quiet(ACCEPTED) == list(PAST)


def test_a_live_event_waits_for_no_past_of_its_pair_but_to_be_in_order(company: Company) -> None:
    """The earlier completion goes before it, with the live ones: at once, and although the past is stopped."""
    company.set_backfill(stopped=True)
    company.record_many({"alone": (None, 1), "earlier": ("ann", 1), "later": ("ann", 3)}, backfill=True)
    company.record("live", learner="ann", completed_at=2)

    assert company.posts_until_quiet(ACCEPTED) == ["earlier", "live"]
    company.set_backfill(stopped=False)
    assert company.posts_until_quiet(ACCEPTED) == ["alone", "later"]


def test_a_past_that_is_recorded_ahead_of_a_live_event_goes_with_it(company: Company) -> None:
    """Otherwise the live one would wait for all of the past."""
    company.pause()
    company.record("live", learner="ann", completed_at=2)
    company.record_many({"alone": (None, 1), "earlier": ("ann", 1)}, backfill=True)

    company.resume()
    assert company.posts_until_quiet(ACCEPTED) == ["earlier", "live", "alone"]


def test_a_known_completion_is_a_duplicate(company: Company) -> None:
    """Whether it was delivered live or waits as one of the past."""
    company.record("event")
    company.post(ACCEPTED)
    _, recorded = company.record_many({"event": (None, None), "past": (None, None)}, backfill=True)
    assert recorded == (Recorded.DUPLICATE, Recorded.QUEUED)
    _, recorded = company.record_many({"past": (None, None)}, backfill=True)
    assert recorded == (Recorded.DUPLICATE,)
    assert company.record("past").recorded is Recorded.DUPLICATE


def test_it_is_counted_apart(company: Company) -> None:
    """With all others, and as the past; it is never late, and the age of what waits is that of live events."""
    company.backfill(*PAST)
    company.pass_time(3_600)
    company.post(ACCEPTED)
    status = company.ledger.lanes.status(company.name)
    assert (status.recorded, status.delivered, status.undelivered) == (5, 1, 4)
    assert (status.backfill_recorded, status.backfill_delivered, status.backfill) == (5, 1, 4)
    assert status.oldest_undelivered is None
    day = company.ledger.lanes.now().date()
    [(_, counts)] = company.ledger.history.days(company.name, day, day)
    assert (counts.delivered, counts.backfill_delivered, counts.late) == (1, 1, 0)
    survey = company.ledger.lanes.survey(worst=5)
    assert (survey.sums.backfill, survey.sums.busy, survey.worst) == (4, 1, ())


def test_the_past_can_be_dropped_and_erased_and_expires(company: Company) -> None:
    """As any event; nothing of it is left behind in the lane."""
    company.backfill(*PAST)
    company.drop(PAST[0])
    company.erase(PAST[1])
    assert company.ledger.events.body(company.name, PAST[1]) is None
    company.pause()
    company.pass_time(31 * 86_400)
    company.sweep()
    assert [company.state(name) for name in PAST] == [State.DROPPED, State.ERASED, *[State.EXPIRED] * 3]
    assert (pasts(company), company.lane("backfill_open")) == ([], "0")
    assert not company.ledger.redis.exists(key("backfill", company.name))


def test_a_lost_worker_costs_the_past_no_attempt(company: Company) -> None:
    """Its lease ends, and it goes back to where it waited, behind a live event."""
    company.backfill(*PAST)
    company.take()
    company.pass_time(26)
    company.record("live")
    company.sweep()
    assert company.attempts(PAST[0]) == 0
    assert company.posts_until_quiet(ACCEPTED) == ["live", *PAST]


def test_a_subscriber_that_fetches_gets_the_past_last(open_company: OpenCompany) -> None:
    """Marked as such, and not while it is stopped."""
    company = open_company(is_pull=True)
    company.backfill(*PAST[:2])
    company.record("live")
    company.set_backfill(stopped=True)
    assert [event.event_id for event in company.fetch().events] == ["live"]
    company.set_backfill(stopped=False)
    fetched = company.fetch("live").events
    assert [(event.event_id, event.backfill) for event in fetched] == [(PAST[0], True), (PAST[1], True)]
    assert company.fetch(PAST[1]).undelivered == 0


def test_it_says_nothing_for_a_silence(company: Company) -> None:
    """An import of last year is no sign that an LMS publishes; a live event in the same minutes is one."""
    company.backfill(*PAST)
    marks = [name for kind in ("hours:*", "published:*") for name in company.ledger.redis.scan_iter(f"*{kind}")]
    assert (marks, company.lane("last_recorded_us")) == ([], "")

    company.record("live")
    marks = [name for kind in ("hours:*", "published:*") for name in company.ledger.redis.scan_iter(f"*{kind}")]
    assert len(marks) == 2


def test_it_says_nothing_for_the_mass_failure(company: Company) -> None:
    """Endpoints that fail when their first events come would look like a fault of ours."""
    company.backfill(PAST[0])
    company.post(FAILED)
    assert company.ledger.activity.recent().minute.active == 0
    company.record("live")
    company.post(FAILED)
    assert (company.ledger.activity.recent().minute.active, company.ledger.activity.recent().minute.failing) == (1, 1)


@pytest.mark.parametrize("hours", [1.0, 24.0])
def test_the_past_goes_on_after_the_clock_was_set_back(company: Company, hours: float) -> None:
    """The time of the next one is set back with it."""
    company.backfill(*PAST)
    company.post(ACCEPTED)
    company.letters.clear()
    company.pass_time(-3_600 * hours)
    company.ledger.attention.follow_clock(company.now_ms + round(3_600_000 * hours))
    company.ledger.attention.follow_clock(company.now_ms)
    company.sweep()
    assert company.posts_until_quiet(ACCEPTED) == list(PAST[1:])
