"""A subscriber fetches its events: in order, each until it is acknowledged, and nobody else's."""

import pytest

from lessonhook.ledger import Policy, State
from lessonhook.ledger.transitions.results import FetchResult
from tests.support.people.company import FAILED, Company, OpenCompany


@pytest.fixture
def company(open_company: OpenCompany) -> Company:
    """Return a company that fetches."""
    return open_company(Policy(), is_pull=True)


def fetched(company: Company, after: str = "", at_most: int = 100) -> list[str]:
    """Return the ids of one fetch, each with the bytes that a POST would have."""
    batch = company.fetch(after, at_most)
    assert batch.result is FetchResult.FETCHED
    assert [event.body for event in batch.events] == [event.event_id.encode() for event in batch.events]
    return [event.event_id for event in batch.events]


def test_nothing_is_published_and_every_event_waits(company: Company) -> None:
    """No slot, no message, no countdown, whatever happens to the lane."""
    for event_id in ("a", "b"):
        company.record(event_id)
    company.resume()
    company.sweep()
    assert company.letters == []
    assert company.slots == 0
    assert {state for _, state in company.states()} == {State.HELD}


def test_a_fetch_acknowledges_what_was_handed_out_and_nothing_else(company: Company) -> None:
    """The same again without an acknowledgement; in the middle of a batch, those up to there are delivered."""
    for event_id in ("a", "b", "c", "d"):
        company.record(event_id)
    assert fetched(company, at_most=3) == ["a", "b", "c"]
    assert fetched(company, at_most=2) == ["a", "b"]
    assert fetched(company, after="b", at_most=1) == ["c"]
    assert [company.state(event_id) for event_id in "abcd"] == [State.DELIVERED] * 2 + [State.HELD] * 2
    # "d" was never handed out, so nobody has stored it: naming it closes nothing.
    assert fetched(company, after="d") == ["c", "d"]
    assert fetched(company, after="d") == []
    # A call that comes again because its response got lost.
    assert fetched(company, after="d") == []
    assert company.state("d") is State.DELIVERED
    assert company.ledger.lanes.status("acme").delivered == 4


def test_the_order_of_a_pair_holds_for_fetches(company: Company) -> None:
    """One of a pair at a time, by completion; an older one recorded late goes first."""
    company.record("second", learner="ann", completed_at=20)
    company.record("other", learner="bob", completed_at=1)
    company.record("third", learner="ann", completed_at=30)
    assert fetched(company) == ["second", "other"]
    company.record("first", learner="ann", completed_at=10)
    # "second" was handed out already, and its acknowledgement counts.
    assert fetched(company, after="second") == ["other", "first"]
    assert fetched(company, after="first") == ["third"]


def test_an_event_that_was_behind_another_is_not_acknowledged_unseen(company: Company) -> None:
    """The one ahead of it ends otherwise between two calls; what was recorded earlier than `after` is still unseen."""
    company.record("ahead", learner="ann", completed_at=1)
    company.record("behind", learner="ann", completed_at=2)
    company.record("last", learner="bob", completed_at=3)
    assert fetched(company) == ["ahead", "last"]
    company.erase("ahead")
    assert fetched(company, after="last") == ["behind"]


@pytest.mark.parametrize("recorded_late", [False, True])
def test_what_a_lost_response_had_is_not_acknowledged_unseen(company: Company, recorded_late: bool) -> None:
    """A call that comes again acknowledges what the subscriber names, and nothing that only the lost response had."""
    company.record("ahead", learner="ann", completed_at=10)
    company.record("behind", learner="ann", completed_at=20)
    company.record("last", learner="bob", completed_at=1)
    assert fetched(company) == ["ahead", "last"]
    lost = fetched(company, after="last")
    assert lost == ["behind"]
    if recorded_late:
        # It goes ahead of "behind", which leaves the waiting events and stays handed out.
        company.record("late", learner="ann", completed_at=15)
        company.record("other", learner="eve", completed_at=1)
    again = fetched(company, after="last")
    assert again == (["behind", "other"] if recorded_late else ["behind"])
    assert company.state("behind") is State.HELD
    assert fetched(company, after=again[-1]) == (["late"] if recorded_late else [])
    assert company.state("behind") is State.DELIVERED


def test_what_waited_for_a_post_can_be_fetched(open_company: OpenCompany) -> None:
    """Retries, exhausted and queued events of a subscription that changed; the pause is lifted."""
    company = open_company(Policy(attempts=1))
    company.record("exhausted")
    company.post(FAILED)
    assert company.paused
    company.subscribe(is_pull=True)
    company.record("fresh")
    assert fetched(company) == ["exhausted", "fresh"]
    assert not company.paused
    company.subscribe()
    assert company.take().event_id == "exhausted"


def test_a_queued_event_is_handed_out_once(open_company: OpenCompany) -> None:
    """Its message comes later, and finds nothing to post."""
    company = open_company(Policy())
    company.record("queued")
    company.subscribe(is_pull=True)
    assert fetched(company) == ["queued"]
    step = company.carry()
    assert step is not None
    assert step.delivery is None


def test_under_an_operators_pause_nothing_is_handed_out(company: Company) -> None:
    """What was handed out before can be acknowledged."""
    company.record("a")
    company.record("b")
    assert fetched(company, at_most=1) == ["a"]
    company.pause()
    assert fetched(company, after="a") == []
    assert company.state("a") is State.DELIVERED
    company.resume()
    assert fetched(company) == ["b"]


def test_fetches_are_bounded(company: Company) -> None:
    """Ten at once; then the wait is told, and after it the next one is served."""
    company.fetch()
    company.pass_time(10)
    results = [company.ledger.fetch("acme", digest="digest", after="", at_most=1) for _ in range(30)]
    served = [each for each in results if each.result is FetchResult.FETCHED]
    refused = [each for each in results if each.result is FetchResult.TOO_SOON]
    assert len(served) >= 10
    assert refused
    assert 0 < refused[-1].wait_seconds <= 0.2
    company.pass_time(refused[-1].wait_seconds)
    assert company.ledger.fetch("acme", digest="digest", after="", at_most=1).result is FetchResult.FETCHED


def test_a_token_is_made_rotated_and_revoked(company: Company) -> None:
    """A former one ends at once; without a subscription there is none; the audit has each."""
    ledger = company.ledger
    assert ledger.fetch("acme", digest="", after="", at_most=1).result is FetchResult.WRONG_TOKEN
    assert ledger.set_pull_token("acme", "one", by="ada")
    assert ledger.set_pull_token("acme", "two", by="ada")
    assert ledger.fetch("acme", digest="one", after="", at_most=1).result is FetchResult.WRONG_TOKEN
    assert ledger.fetch("acme", digest="two", after="", at_most=1).result is FetchResult.FETCHED
    company.subscribe()
    assert ledger.fetch("acme", digest="two", after="", at_most=1).result is FetchResult.NO_PULL
    company.subscribe(is_pull=True)
    assert ledger.set_pull_token("acme", "", by="bob")
    assert not ledger.set_pull_token("acme", "", by="bob")
    assert ledger.fetch("acme", digest="two", after="", at_most=1).result is FetchResult.WRONG_TOKEN
    acts = [(entry.act, entry.by, entry.detail) for entry in ledger.audit.of("acme", at_most=10)]
    assert [act for act in acts if act[0] == "token"] == [
        ("token", "bob", "revoked"),
        ("token", "ada", "rotated"),
        ("token", "ada", "new"),
    ]
    ledger.unsubscribe("acme")
    assert not ledger.set_pull_token("acme", "three", by="ada")


def test_an_event_that_nobody_knows_acknowledges_nothing(company: Company) -> None:
    """It is told, and nothing is handed out."""
    company.record("a")
    batch = company.fetch("of another subscriber")
    assert (batch.result, batch.events) == (FetchResult.UNKNOWN, ())
