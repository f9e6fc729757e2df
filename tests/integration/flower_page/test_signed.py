"""Since when POSTs are signed, as Flower's page of a subscriber has it."""

from typing import Any

from lessonhook.desk import Desk
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House
from tests.support.processes.subscribers_page import Site


def _signed(site: Site, name: str) -> Any:
    with site.session() as session:
        response = session.get(f"{site.url}/subscriber/data", params={"name": name}, timeout=PATIENCE_SECONDS)
    return response.json()["subscription"]["signed"]


def test_the_page_says_until_when_a_former_secret_signs_too(site: Site, house: House) -> None:
    """An operator who is asked why a signature still holds looks there."""
    customer = house.customer()
    desk = Desk(house.producer).of(customer.name)
    assert _signed(site, customer.name) == "no"
    desk.rotate_secret(by="ada")
    assert _signed(site, customer.name).endswith("UTC by ada")
    desk.rotate_secret(by="ada")
    assert ", and the one before it signs too until " in _signed(site, customer.name)
    desk.rotate_secret(by="ada", former_for_seconds=0)
    assert "before" not in _signed(site, customer.name)
