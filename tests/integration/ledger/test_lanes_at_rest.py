"""Most lanes have no undelivered event, or one: their transitions ask nothing about sets that must be empty."""

import pytest

from lessonhook.ledger import Policy
from tests.support.people.company import ACCEPTED, Company, OpenCompany
from tests.support.servers.command_counts import counted

_HOUR_MS = 3_600_000
#: However busy the machine is, no lease is over and no POST hangs meanwhile.
_PATIENT = Policy(lease_ms=_HOUR_MS, republish_after_ms=_HOUR_MS, hanging_after_ms=_HOUR_MS)
#: The commands that ask a sorted set for something.
_QUESTIONS = ("zcard", "zcount", "zrange", "zscore")


@pytest.fixture
def company(open_company: OpenCompany) -> Company:
    """Return a company under that policy."""
    return open_company(_PATIENT)


def test_a_lone_event_asks_one_question_a_transition(company: Company) -> None:
    """Whether anything is undelivered at the record and the settle, and whether it is alone at the admission."""
    company.record("first")
    company.post(ACCEPTED)

    with counted(company.ledger.redis) as of_record:
        company.record("second")
    with counted(company.ledger.redis) as of_admit:
        delivery = company.take()
    with counted(company.ledger.redis) as of_settle:
        company.settle(delivery, ACCEPTED)

    assert [asked.count(*_QUESTIONS) for asked in (of_record, of_admit, of_settle)] == [1, 1, 1]


def test_what_waits_is_found_once_the_lone_event_has_ended(company: Company) -> None:
    """Of the same learner and lesson, and of another: no transition takes the lane for one at rest."""
    company.record("first", learner="ann")
    company.record("second", learner="ann")
    company.record("third", learner="bob")
    posted = [company.post(ACCEPTED) for _ in range(3)]

    assert sorted(posted) == ["first", "second", "third"]
    assert posted.index("first") < posted.index("second")
