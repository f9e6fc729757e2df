"""Companies on an emptied server, for stories of one lane."""

from typing import Any

import pytest
import redis

from lessonhook.ledger import Policy
from tests.support.company import Company, OpenCompany


@pytest.fixture
def open_company(redis_client: redis.Redis) -> OpenCompany:
    """Answer what opens a company: `open_company(Policy(attempts=1), max_in_flight=2)`."""

    def open_one(policy: Policy | None = None, **limits: Any) -> Company:
        return Company(redis_client, policy or Policy(), **limits)

    return open_one


@pytest.fixture
def company(open_company: OpenCompany) -> Company:
    """Answer a company under the policy that a new installation has."""
    return open_company()
