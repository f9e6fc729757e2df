"""A new secret on the page: the former one signs on for a day, for a week, or not at all, and the page says so."""

from collections.abc import Callable

import pytest

from lessonhook.desk import Desk
from lessonhook.page import Viewer
from tests.page.visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.mark.usefixtures("customer")
def test_the_former_secret_ends_when_its_owner_chose(visit: Visit, ada: Viewer, desk: Desk) -> None:
    """A day by default, and the overview says until when; at once if it leaked."""
    visitor, acme = visit(ada), desk.of("acme")
    assert "The former secret" not in visitor.post("secret").text.partition("<pre")[2]
    assert 'name="former"' in visitor.get().text
    assert "The former secret signs as well until" in visitor.post("secret", former="week").text
    week = acme.subscription().previous_secret_ends_at
    assert "The former secret signs as well until" in visitor.get().text
    visitor.post("secret", former="day")
    day = acme.subscription().previous_secret_ends_at
    assert week is not None
    assert day is not None
    assert 5 * 86_400 < week - day < 7 * 86_400
    assert "The former secret does not sign any more." in visitor.post("secret", former="none").text
    assert not acme.subscription().previous_signing_secret_set
    assert "The former secret signs as well" not in visitor.get().text


@pytest.mark.usefixtures("customer")
def test_a_time_that_is_not_offered_is_a_day(visit: Visit, ada: Viewer, desk: Desk) -> None:
    """A form that was made by hand gets the default."""
    visitor = visit(ada)
    visitor.post("secret")
    visitor.post("secret", former="for ever")
    assert desk.of("acme").subscription().previous_secret_ends_at is not None
