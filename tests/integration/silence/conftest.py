"""An LMS with some companies, whose completions come at times that a test chooses: its clock stands where it is put."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
import redis

from lessonhook.ledger import Ledger, Notice, Policy, Silence
from lessonhook.worker.silence.subscribers_look import SubscribersLook
from tests.support.people.company import Company

#: A Monday. The server's own clock is another one, and nothing goes by it.
MONDAY = datetime(2031, 3, 3, tzinfo=UTC)
WEEKS = 12
_HOURS = (8, 14)
_WORKDAYS = range(5)
PER_YEAR = 0.02


class PlannedLms:
    """Companies whose completions are recorded at chosen times."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._numbers = itertools.count(1)
        self.companies: dict[str, Company] = {}
        self._look = SubscribersLook(PER_YEAR, may_go_on=lambda _: True)

    @property
    def ledger(self) -> Ledger:
        """The ledger, as the first company has it."""
        return next(iter(self.companies.values())).ledger

    def open(self, *names: str) -> None:
        """Save subscriptions."""
        for name in names:
            self.companies[name] = Company(self._client, Policy(), name)

    def set_clock(self, when: datetime) -> None:
        """Put the clock of all."""
        seconds, microseconds = self._client.time()
        ahead = round(when.timestamp() * 1000) - seconds * 1000 - microseconds // 1000
        for company in self.companies.values():
            company.ledger.clock_ahead_ms = ahead

    def record(self, name: str, when: datetime) -> None:
        """Record one completion of a company."""
        self.set_clock(when)
        self.companies[name].record(f"{next(self._numbers)}")

    def work(self, names: Iterable[str], first: datetime, last: datetime) -> None:
        """Record completions of all working days from the first to the last one: two a day, at the usual hours."""
        names = tuple(names)
        day = first
        while day <= last:
            if day.weekday() in _WORKDAYS:
                for name, hour in itertools.product(names, _HOURS):
                    self.record(name, day + timedelta(hours=hour, minutes=10))
            day += timedelta(days=1)

    def some_silence(self, when: datetime) -> Silence:
        """Return a silence that began an hour before a time."""
        now_ms = round(when.timestamp() * 1000)
        return Silence(since_ms=now_ms - 3_600_000, noticed_ms=now_ms, per_year=0.001, expected=12.0)

    def look(self, when: datetime) -> list[tuple[str, Notice]]:
        """Look at all subscribers at a time, and return what is new."""
        self.set_clock(when)
        return list(self._look.look(self.ledger))


@pytest.fixture
def lms(redis_client: redis.Redis) -> PlannedLms:
    """Return an LMS with eight companies that worked for twelve weeks up to a Friday."""
    lms = PlannedLms(redis_client)
    lms.open(*(f"company-{number}" for number in range(8)))
    lms.work(lms.companies, MONDAY - timedelta(weeks=WEEKS), MONDAY - timedelta(days=1))
    return lms


@pytest.fixture
def one_company(redis_client: redis.Redis) -> PlannedLms:
    """Return an LMS with one company that has published nothing yet."""
    lms = PlannedLms(redis_client)
    lms.open("acme")
    return lms
