"""Invented completions: other learners and lessons each time, and sometimes a retake."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from lessonhook.producer import CompletionEvent, Lesson, User

_LEARNERS: Final = (
    "Ada Okafor",
    "Bo Lindqvist",
    "Chidi Anand",
    "Dana Petrova",
    "Emre Yildiz",
    "Fatima Zahra",
    "高橋花",
)
_LESSONS: Final = ("Fire Safety", "Food Hygiene", "Data Protection", "First Aid", "Forklift Basics")
#: One completion in this many is the same learner's next try at the same lesson.
_RETAKE_EVERY: Final = 6


class Completions:
    """An endless supply for all companies, each a second after the one before."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._second = timedelta(seconds=1)
        self._clock = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        self._last: dict[str, tuple[User, Lesson]] = {}

    def take(self, subscriber: str, count: int, *, retakes: bool = True) -> Iterator[CompletionEvent]:
        """Yield `count` completions of one company."""
        for number in itertools.islice(self._numbers, count):
            if not (retakes and number % _RETAKE_EVERY == 0 and subscriber in self._last):
                self._last[subscriber] = _somebody(number)
            user, lesson = self._last[subscriber]
            self._clock += self._second
            yield CompletionEvent(
                subscriber=subscriber,
                user=user,
                lesson=lesson,
                score_percent=60 + number % 40,
                started_at=self._clock - timedelta(minutes=12),
                completed_at=self._clock,
                assigned_at=self._clock - timedelta(days=3),
                report_card_url=f"https://lms.example/assignments/{number}",
            )


def _somebody(number: int) -> tuple[User, Lesson]:
    name = _LEARNERS[number % len(_LEARNERS)]
    title = _LESSONS[number % len(_LESSONS)]
    user = User(
        id=str(500 + number),
        ext_uid=f"E-{number:04}",
        name=name,
        email=f"learner{number}@company.example",
        custom_fields={"Team": f"Team {number % 3 + 1}"},
    )
    return user, Lesson(id=str(9_000 + number % len(_LESSONS)), title=title, retake_score=80)
