"""What the customer's page says of each state of a subscriber, and in which colour: true of every one."""

from itertools import product

import pytest

from lessonhook.desk import Condition, LastTry, Paused, SubscriberState
from lessonhook.ledger import AN_OPERATOR
from lessonhook.page.translation import translation_of
from lessonhook.page.wording import UNTRIED, kind_of, sentences
from tests.unit.desk.samples import (
    FAILING,
    NOON,
    PAUSED,
    QUIET,
    REMOVED,
    SENDING,
    UNSERVED,
    WAITING,
    WELL,
    changed,
)

_ENGLISH = translation_of("en")
_NEW = changed(WELL, subscriber="new", delivered=0, recorded=0, last_attempt=None, last_outcome="")
_OPERATOR = Paused(since=NOON, reason=AN_OPERATOR, by="ada")
_PAGE = Paused(since=NOON, reason=AN_OPERATOR, by=UNTRIED)
_ACCEPTED = LastTry(accepted=True, reason="accepted", status=204)
_REFUSED = LastTry(accepted=False, reason="refused", status=None)
_NOT_FOUND = LastTry(accepted=False, reason="status", status=404)
_NOT_YET = "Tried, but not accepted yet: "
_SLOWED = changed(_NEW, recorded=1, held=1, last_attempt=NOON, last_outcome="status: 429: too many requests")
_STATES: dict[str, tuple[SubscriberState | None, LastTry | None, str, str]] = {
    "nobody": (None, None, "Not set up yet.", "new"),
    "removed, and never used": (changed(_NEW, subscribed=False), None, "Not set up yet.", "new"),
    "new": (_NEW, None, "Set up.", "new"),
    "new, a try was accepted": (_NEW, _ACCEPTED, "Set up.", "new"),
    "new, a try found nothing": (_NEW, _NOT_FOUND, f"{_NOT_YET}there is nothing at this address (404).", "failing"),
    "new, a try was refused": (_NEW, _REFUSED, f"{_NOT_YET}your endpoint refused the connection.", "failing"),
    "its first event is on its way": (changed(_NEW, recorded=1, in_flight=1), None, "Set up.", "sending"),
    "its first event waits, a try failed": (
        changed(_NEW, recorded=1, in_flight=1),
        _NOT_FOUND,
        f"{_NOT_YET}there is nothing at this address (404).",
        "failing",
    ),
    "all that was sent was too fast": (
        _SLOWED,
        None,
        f"{_NOT_YET}your endpoint asked us to slow down (429).",
        "failing",
    ),
    "its only event was accepted and erased": (
        changed(_NEW, recorded=1, erased=1, last_attempt=NOON, last_outcome="accepted: 200"),
        None,
        "Set up.",
        "new",
    ),
    "saved, and to be tried": (changed(_NEW, paused=_PAGE), None, "Saved, but nothing is sent", "paused"),
    "well": (WELL, None, "Working.", "well"),
    "well, a try failed since": (WELL, _REFUSED, "Working.", "well"),
    "quiet": (QUIET, None, "Working.", "well"),
    "sending": (SENDING, None, "Working.", "sending"),
    "failing": (FAILING, None, "Failing: your endpoint did not respond in time.", "failing"),
    "failing from the first event on": (
        changed(FAILING, delivered=0),
        _ACCEPTED,
        "Failing: your endpoint did not respond in time.",
        "failing",
    ),
    "paused": (PAUSED, None, "Paused since Mar 1, 2026", "paused"),
    "paused by a person": (changed(PAUSED, paused=_OPERATOR), None, "Paused since Mar 1, 2026", "paused"),
    "removed": (REMOVED, None, "Removed.", "removed"),
    "without a worker": (UNSERVED, None, "Failing: a fault on our side", "waiting for a worker"),
    "asked to wait": (WAITING, None, "Slowed down: ", "waiting"),
    "given back": (changed(WELL, held=1, given_back="no token"), None, "Failing: a fault on our side", "waiting"),
    "fetching": (changed(WELL, pull=True), None, "Your system fetches its completions", "well"),
    "to be fetched": (changed(WELL, pull=True, held=1), None, "Your system fetches its completions", "to be fetched"),
}


@pytest.mark.parametrize(("state", "tried", "first", "kind"), _STATES.values(), ids=_STATES)
def test_a_state_is_said_as_it_is(state: SubscriberState | None, tried: LastTry | None, first: str, kind: str) -> None:
    """The first sentence is the most important one; the colour goes with it."""
    said = sentences(_ENGLISH, state, tried)
    assert said[0].startswith(first)
    assert kind_of(state, tried) == kind


def test_every_condition_is_among_these_states() -> None:
    """A new one needs its sentence."""
    assert {state.condition for state, *_ in _STATES.values() if state} == set(Condition)


def test_who_must_try_is_told_why_the_last_try_failed() -> None:
    """Beside what is to be done."""
    said = sentences(_ENGLISH, changed(_NEW, paused=_PAGE), _NOT_FOUND)
    assert said[1] == f"{_NOT_YET}there is nothing at this address (404)."


@pytest.mark.parametrize("has_delivered", [False, True])
def test_no_state_claims_what_is_not_known(has_delivered: bool) -> None:
    """What works has delivered something; what was tried and not accepted is not called set up."""
    states = [state for state, *_ in _STATES.values() if state]
    for state, tried in product(states, [None, _ACCEPTED, _REFUSED, _NOT_FOUND]):
        delivered = changed(state, delivered=12, recorded=99, last_attempt=NOON, last_outcome="accepted: 200")
        now = delivered if has_delivered else changed(state, delivered=0)
        said, kind = sentences(_ENGLISH, now, tried), kind_of(now, tried)
        failed = tried is not None and not tried.accepted
        if has_delivered:
            assert "Set up." not in said
            assert not any(each.startswith(_NOT_YET) for each in said if not now.paused)
        else:
            assert "Working." not in said
            assert not (failed and "Set up." in said)
        if any(each.startswith(_NOT_YET) for each in said):
            assert kind in {"failing", "paused"}


def test_an_attempt_is_announced_only_where_something_waits() -> None:
    """After what failed was dropped or has expired, the next completion is the next attempt."""
    coming = "The next attempt comes by itself."
    assert coming in sentences(_ENGLISH, FAILING)
    assert coming not in sentences(_ENGLISH, changed(FAILING, retrying=0))
