"""What a status and a `Retry-After` mean."""

import time
from email.utils import formatdate

import pytest

from lessonhook.ledger import Kind, Reason
from lessonhook.worker.client.status_rules import advice_for, kind_of, retry_after

NOW = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 5 ", 5.0),
        ("0", 0.0),
        ("Wed, 21 Oct 2026 07:30:00 GMT", 120.0),
        ("Wednesday, 21-Oct-26 07:30:00 GMT", 120.0),
        ("Wed Oct 21 07:30:00 2026", 120.0),
        ("Wed, 21 Oct 2026 07:00:00 GMT", 0.0),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("9" * 40, None),
        ("Wed, 99 Oct 2026 07:30:00 GMT", None),
        ("Wed, 21 Oct 99999 07:30:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_negative(value: str, seconds: float | None) -> None:
    """What cannot be read asks for nothing; the ledger's own limit cuts what asks for too much."""
    assert retry_after(429, {"Retry-After": value, "Date": NOW}) == seconds


def test_a_date_without_the_endpoints_own_is_measured_by_our_clock() -> None:
    """An endpoint that does not say what time it has is taken to have ours."""
    seconds = retry_after(503, {"Retry-After": formatdate(time.time() + 100, usegmt=True)})
    assert seconds is not None
    assert 90 < seconds <= 100


@pytest.mark.parametrize("status", [100, 302, 400, 401, 404, 418, 429, 500, 502, 503, 599, 700])
def test_every_failure_has_a_sentence_that_begins_with_its_status(status: int) -> None:
    """A support person reads it; a success needs none."""
    assert advice_for(status).startswith(f"{status}: ")
    assert advice_for(204) == ""


@pytest.mark.parametrize("status", [401, 403])
def test_no_value_is_blamed_that_was_not_sent(status: int) -> None:
    """An endpoint cannot refuse what the POST did not have: the sentence says that none is set."""
    assert "refused the signature" not in advice_for(status, is_authorized=True, is_signed=False)
    for is_signed in (False, True):
        said = advice_for(status, is_authorized=False, is_signed=is_signed)
        assert "refused the Authorization value" not in said
        assert "check the Authorization value" not in said
        assert " set" in said
    neither = advice_for(401, is_authorized=False, is_signed=False)
    assert neither == "401: the endpoint wants a credential: neither an Authorization value nor a signing secret is set"


@pytest.mark.parametrize(("status", "kind"), [(302, Kind.ACCEPTED), (409, Kind.ACCEPTED), (301, Kind.FAILED)])
def test_the_statuses_that_a_subscription_names_count_as_accepted(status: int, kind: Kind) -> None:
    """All others mean what they mean for everybody; without the option none beside 2xx is accepted."""
    assert kind_of(status, {}, (302, 409))[0] is kind
    assert kind_of(status, {}) == (Kind.FAILED, Reason.STATUS)
    assert advice_for(302, (302,)) == "302: counts as accepted, because the subscription's accept_statuses has it"
