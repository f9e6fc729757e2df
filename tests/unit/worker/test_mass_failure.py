"""When the alarm of a mass failure begins and ends: by two limits, so that it does not flutter around one."""

from types import SimpleNamespace
from typing import Any

import pytest

from lessonhook.config import Settings
from lessonhook.ledger import Recent
from lessonhook.ledger.upkeep.activity import Activity
from lessonhook.worker.recovery.mass_failure import MassFailure


class _Log:
    """An activity log that a test writes, and the alarm."""

    def __init__(self) -> None:
        self.now = Recent(Activity(0, 0), Activity(0, 0))
        self.is_alarmed = False
        self.changes = 0

    def recent(self) -> Recent:
        return self.now

    def raise_alarm(self) -> bool:
        was, self.is_alarmed = self.is_alarmed, True
        self.changes += not was
        return not was

    def keep_alarm(self) -> bool:
        return self.is_alarmed

    def end_alarm(self) -> bool:
        was, self.is_alarmed = self.is_alarmed, False
        self.changes += was
        return was

    def alarmed(self) -> bool:
        return self.is_alarmed


class _Vitals:
    """What the check recorded last."""

    failing = others_delivered = False

    def mass_failure_checked(self, *, failing: bool, others_delivered: bool) -> None:
        self.failing, self.others_delivered = failing, others_delivered


@pytest.fixture
def log() -> _Log:
    """Return the activity."""
    return _Log()


@pytest.fixture
def vitals() -> _Vitals:
    """Return the vital signs."""
    return _Vitals()


@pytest.fixture
def mass_failure(log: _Log, vitals: _Vitals) -> MassFailure:
    """Return a check with the default limits: more than half of at least ten."""
    app = SimpleNamespace(settings=Settings())
    runtime: Any = SimpleNamespace(app=app, ledger=SimpleNamespace(activity=log), vitals=vitals)
    return MassFailure(runtime)


def see(log: _Log, mass_failure: MassFailure, failing: int, active: int = 90) -> None:
    """Let so many of the active subscribers fail, within the minute and the cycle alike."""
    log.now = Recent(Activity(active, failing), Activity(active, failing))
    mass_failure.check()


def test_a_failure_of_about_half_raises_one_alarm(log: _Log, vitals: _Vitals, mass_failure: MassFailure) -> None:
    """A share that goes up and down around the limit changes nothing until it is at half of it."""
    for failing in (48, 38, 46, 31, 53, 45, 24):
        see(log, mass_failure, failing)
        assert vitals.failing
    assert log.changes == 1

    see(log, mass_failure, 22)
    assert not vitals.failing
    assert log.changes == 2


def test_less_than_half_raises_none(log: _Log, vitals: _Vitals, mass_failure: MassFailure) -> None:
    """A third that fails alone is their own fault."""
    for failing in (20, 30, 40, 45):
        see(log, mass_failure, failing)
        assert not vitals.failing


def test_others_are_delivered_if_not_all_that_are_active_fail(
    log: _Log, vitals: _Vitals, mass_failure: MassFailure
) -> None:
    """With nobody active, or with failures alone, no event may be blamed for the workers that it lost."""
    for failing, active, others in ((0, 0, False), (2, 2, False), (2, 3, True)):
        see(log, mass_failure, failing, active)
        assert vitals.others_delivered is others
