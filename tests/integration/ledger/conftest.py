"""Companies on an emptied server, for tests of one lane."""

from typing import Any

import pytest
import redis

from lessonhook.ledger import Policy
from tests.support.people.company import Company, OpenCompany


@pytest.fixture
def open_company(redis_client: redis.Redis) -> OpenCompany:
    """Return a function that opens a company: `open_company(Policy(attempts=1), max_in_flight=2)`."""

    def open_one(policy: Policy | None = None, **limits: Any) -> Company:
        return Company(redis_client, policy or Policy(), **limits)

    return open_one


@pytest.fixture
def company(open_company: OpenCompany) -> Company:
    """Return a company under the policy of a new installation."""
    return open_company()
