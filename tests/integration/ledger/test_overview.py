"""All lanes at a glance: the same figures as lane by lane, and nobody in trouble is passed by."""

from collections.abc import Callable

import pytest
import redis

from lessonhook.ledger import Ledger, Overview, Policy
from tests.support.company import FAILED, GONE, Company

_TROUBLES: dict[str, Callable[[Company], object]] = {
    "undelivered": lambda company: company.record("event"),
    "failing": lambda company: (company.record("event"), company.post(FAILED)),
    "paused": lambda company: (company.record("event"), company.post(GONE)),
    "paused by an operator": lambda company: company.pause(),
    "paused with nothing left": lambda company: (company.record("event"), company.post(GONE), company.erase("event")),
}


@pytest.fixture
def ledger(redis_client: redis.Redis) -> Ledger:
    """Answer a ledger with 1,200 subscribers at rest: more than one round trip's worth."""
    ledger = Ledger(redis_client, Policy())
    for number in range(1_200):
        ledger.subscribe(f"quiet-{number:04}", document=b"{}", endpoint="one", max_in_flight=None, max_per_second=None)
    return ledger


def test_lanes_are_read_as_one_by_one(ledger: Ledger) -> None:
    """In the order that they were asked for, and unknown ones too."""
    company = Company(ledger.redis, ledger.policy)
    company.record("event")
    names = ["quiet-0007", "acme", *(f"quiet-{number:04}" for number in range(1_100)), "unknown"]
    lanes = Overview(ledger).statuses(names)
    assert [lane.subscriber for lane in lanes] == names
    assert lanes[1].undelivered == 1
    assert lanes[-1] == ledger.status("unknown")


@pytest.mark.parametrize("trouble", _TROUBLES)
def test_who_is_in_trouble_is_named(ledger: Ledger, trouble: str) -> None:
    """Among many at rest, of whom none is; also where no undelivered event tells of it."""
    _TROUBLES[trouble](Company(ledger.redis, ledger.policy))
    assert Overview(ledger).notable(ledger.subscribers()) == {"acme"}
