"""Digests that stand for a learner and a lesson: the order is kept by them, and no key in Redis names a person."""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

#: 16 hexadecimal digits: enough that no two of a subscriber's thousands of learners share a digest.
_DIGEST_BYTES: Final = 8


def _digest(text: str) -> str:
    """Return a digest of the id of a learner or a lesson."""
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


#: Lessons whose digests are remembered: an import has many learners of few lessons.
_LESSONS: Final = 1_024
_lesson_digest: Final = lru_cache(_LESSONS)(_digest)


def pair_of(learner: str, lesson: str) -> str:
    """Return the digests of a learner and a lesson; events with the same pair are sent in the order of completion."""
    return _digest(learner) + _lesson_digest(lesson)


def digests_of(learner: str | None, lesson: str | None) -> tuple[str | None, str | None]:
    """Return the digests that the keys of a learner and of a lesson have; None for what is not given."""
    return learner and _digest(learner), lesson and _digest(lesson)


def is_of_learner(pair: str, learner: str) -> bool:
    """Return whether an event with this pair is the learner's; `learner` is the id that the LMS gave with the event."""
    return pair.startswith(_digest(learner))
