"""A receiver whose success is no 2xx: a subscription names the statuses that count as accepted."""

import pytest

from tests.support.endpoints.exchange import Response
from tests.support.people.house import House


@pytest.mark.parametrize("status", [302, 409])
def test_a_named_status_counts_as_accepted(house: House, status: int) -> None:
    """Google Apps Script runs the script and then responds with 302: each completion arrives once."""
    customer = house.customer(accept_statuses=(302, 409))
    customer.respond(Response(status=status))
    published = customer.publish_many(3)
    state = customer.wait_for(delivered=3)
    customer.wait_until_quiet()
    assert sorted(customer.arrived) == sorted(published)
    assert state.paused is None


def test_a_status_that_is_not_named_fails_as_for_everybody(house: House) -> None:
    """Another redirect says that the endpoint has moved."""
    customer = house.customer(accept_statuses=(302,))
    customer.respond(Response(status=301))
    customer.publish()
    assert customer.wait_for(paused=True).delivered == 0
