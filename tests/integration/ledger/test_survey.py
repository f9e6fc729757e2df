"""The survey of all lanes is the sum of the status of each."""

import redis

from lessonhook.ledger import Policy
from tests.support.people.company import ACCEPTED, FAILED, GONE, Company

POLICY = Policy()
_COUNTS = ("in_flight", "queued", "retrying", "held", "refused", "recorded", "delivered", "expired", "erased")


def open_companies(client: redis.Redis) -> list[Company]:
    """Open companies in every state: paused by either cause, failing, busy, at rest, without a subscription."""
    companies = [Company(client, POLICY, name) for name in ("gone", "failing", "busy", "idle", "paused", "left")]
    gone, failing, busy, _, paused, left = companies
    for company in (gone, failing, busy, paused, left):
        for number in range(4):
            company.record(f"{company.name}-{number}")
    gone.post(GONE)
    failing.post(FAILED)
    busy.post(ACCEPTED)
    busy.take()
    paused.pause()
    left.erase("left-3")
    left.ledger.unsubscribe("left")
    return companies


def test_sums_are_the_sums_of_the_statuses(redis_client: redis.Redis) -> None:
    """Each count of events, over lanes in every state."""
    companies = open_companies(redis_client)
    lanes = [company.ledger.lanes.status(company.name) for company in companies]
    survey = companies[0].ledger.lanes.survey(worst=10)
    assert {name: getattr(survey.sums, name) for name in _COUNTS} == {
        name: sum(getattr(lane, name) for lane in lanes) for name in _COUNTS
    }
    assert survey.sums.recorded == 20


def test_subscribers_are_counted_by_what_they_are(redis_client: redis.Redis) -> None:
    """A subscriber that left counts while it has undelivered events; a paused one without events counts as paused.

    A paused one is not counted as failing, though its last attempt failed.
    """
    companies = open_companies(redis_client)
    companies[3].pause()
    sums = companies[0].ledger.lanes.survey(worst=10).sums
    assert (sums.subscribers, sums.busy, sums.failing, sums.paused) == (6, 5, 1, 3)


def test_who_waited_longest_comes_first_over_all_shards(redis_client: redis.Redis) -> None:
    """Twelve subscribers, recorded a second apart, in whatever shard: the three that were first."""
    names = [f"company-{number}" for number in range(12)]
    ledger = None
    for seconds, name in enumerate(names):
        company = Company(redis_client, POLICY, name)
        company.pass_time(seconds)
        company.record("only")
        ledger = company.ledger
    assert ledger is not None
    survey = ledger.lanes.survey(worst=3)
    assert [name for name, _ in survey.worst] == names[:3]
    ages = [seconds for _, seconds in survey.worst]
    assert ages == sorted(ages, reverse=True)
    assert survey.oldest_undelivered_seconds == ages[0] >= 11


def test_an_empty_ledger_is_all_zero(redis_client: redis.Redis) -> None:
    """If no event waits, the oldest is 0 seconds old, not unknown."""
    survey = Company(redis_client, POLICY).ledger.lanes.survey(worst=3)
    assert (survey.sums.subscribers, survey.sums.busy, survey.worst) == (1, 0, ())
    assert survey.oldest_undelivered_seconds == 0


def test_a_busy_lane_stays_active(redis_client: redis.Redis) -> None:
    """A success each second for a minute and a half is recorded every few seconds, so the lane never looks inactive."""
    company = Company(redis_client, POLICY)
    for number in range(90):
        company.record(f"event-{number}")
        company.post(ACCEPTED)
        company.pass_time(1)
    [name] = list(redis_client.scan_iter("*:active"))
    noted = redis_client.zscore(name, company.name)
    assert noted is not None
    assert company.now_ms - noted < 7_000
    recent = company.ledger.activity.recent()
    assert (recent.minute.active, recent.minute.failing) == (1, 0)
