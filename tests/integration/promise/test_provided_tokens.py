"""An endpoint that refuses each token that the LMS provides, with a real worker."""

from pathlib import Path
from textwrap import dedent

import pytest

from lessonhook.console.processes import wait_until
from tests.integration.conftest import OpenHouse
from tests.support.endpoints.exchange import Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House
from tests.support.people.stored_fields import event_fields

_REFUSED = Response(status=401)
#: How the LMS's function gives a token, by its call. A slow one takes far longer than the worker waits, 0.1 s.
_PROVIDERS = {
    "at once, another each time": "return Token(f'Bearer {number}')",
    "at once, the same each time": "return Token('Bearer abc')",
    "slowly, another each time": "time.sleep(0.5); return Token(f'Bearer {number}')",
    "slowly, the same each time": "time.sleep(0.5); return Token('Bearer abc')",
    "at every second call": "return Token(f'Bearer {number}') if number % 2 else None",
}


def _start(house: House, folder: Path, body: str) -> Customer:
    """Start a worker with a provider, and return a customer whose endpoint refuses all of its tokens."""
    module = f"""
        import itertools, time
        from lessonhook.producer import Token

        numbers = itertools.count(1)

        def provide(subscriber):
            number = next(numbers)
            {body}
    """
    (folder / "lms_tokens.py").write_text(dedent(module), encoding="utf-8")
    customer = house.customer(authorization_from_provider=True)
    customer.respond(_REFUSED)
    house.workers.start(env={"PYTHONPATH": str(folder)})
    return customer


def _given_back(house: House, customer: Customer, event_id: str) -> int:
    return int(event_fields(house.ledger, customer.name, event_id).get("given_back", 0))


@pytest.mark.parametrize("body", _PROVIDERS.values(), ids=_PROVIDERS)
def test_an_endpoint_that_refuses_every_token_is_paused(own_house: OpenHouse, tmp_path: Path, body: str) -> None:
    """After three attempts, as with any other refusal: the provider works, however slow it is."""
    with own_house(authorization_provider="lms_tokens:provide", lease_margin_seconds=0.4) as house:
        customer = _start(house, tmp_path, body)
        event_id = customer.publish()
        status = customer.wait_for(paused=True)
        assert status.paused is not None
        assert "401" in status.paused.why
        assert status.delivered == 0
        attempts = [each for each in house.ledger.events.attempts(customer.name, event_id) if each.status]
        assert [each.status for each in attempts] == [401] * 3
        assert customer.attempts(event_id) == 3


def test_a_provider_that_fails_for_ever_pauses_nobody(own_house: OpenHouse, tmp_path: Path) -> None:
    """The endpoint is sent the one token that there was, once; the event keeps all of its attempts."""
    with own_house(authorization_provider="lms_tokens:provide") as house:
        customer = _start(house, tmp_path, "return Token('Bearer abc') if number == 1 else None")
        event_id = customer.publish()
        wait_until(lambda: _given_back(house, customer, event_id) >= 3, PATIENCE_SECONDS, "three tries")
        status = customer.status
        assert status.paused is None
        assert status.given_back == "the authorization provider returned no token for this subscriber"
        assert customer.attempts(event_id) == 0
        assert len(customer.posts) == 1
