"""The one rule of when a client certificate is warned of, and its words."""

import pytest

from lessonhook.desk import Certificates, EndingCertificate, SubscriberState
from lessonhook.ledger.subscriptions import CertificateEnd
from tests.unit.desk.samples import FAILING, PAUSED, WELL, changed

_DAY = 86_400
_NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("seconds", "is_over", "needs_renewal", "whole_days"),
    [
        (-3 * _DAY, True, True, 0),
        (0, True, True, 0),
        (1, False, True, 0),
        (_DAY, False, True, 1),
        (30 * _DAY, False, True, 30),
        (30 * _DAY + 1, False, False, 30),
    ],
)
def test_a_certificate_is_warned_of_from_thirty_days_before(
    seconds: int, is_over: bool, needs_renewal: bool, whole_days: int
) -> None:
    """At its last second it has ended."""
    end = CertificateEnd(int(_NOW) + seconds, _NOW)
    assert (end.is_over, end.needs_renewal, end.whole_days) == (is_over, needs_renewal, whole_days)


@pytest.fixture
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: _NOW)


@pytest.mark.usefixtures("_now")
def test_the_sentence_over_all_names_the_first_three() -> None:
    """Those that ended come first; the others are counted."""
    ends = {"d": 9 * _DAY, "b": -_DAY, "a": 3 * _DAY, "c": 2 * _DAY, "well": 31 * _DAY}
    certificates = Certificates.of({name: int(_NOW) + seconds for name, seconds in ends.items()})
    assert [each.subscriber for each in certificates.ending] == ["b", "c", "a", "d"]
    assert certificates.words == (
        "4 of 5 client certificates ended or will end within 30 days: "
        "b (ended), c (in 2 days), a (in 3 days) and 1 more"
    )
    assert Certificates.of({"well": int(_NOW) + 31 * _DAY}).words == ""
    assert Certificates.of({}).document() == {"total": 0, "ending": []}


@pytest.mark.usefixtures("_now")
@pytest.mark.parametrize("state", [WELL, FAILING, PAUSED], ids=lambda state: state.subscriber)
def test_each_state_tells_of_the_certificate_behind_its_own_reason(state: SubscriberState) -> None:
    """An endpoint that refuses a certificate fails and is paused: why is then told beside it."""
    ending = EndingCertificate.of(state.subscriber, int(_NOW) + _DAY)
    told = changed(state, ending_certificate=ending)
    assert told.condition is state.condition
    words = "its client certificate ends on 2027-01-16 08:00 UTC (in 1 day)"
    assert told.reason == (f"{state.reason}; {words}" if state.reason else words)
