"""Finds a subscriber's events by what a person knows: the learner, the lesson, the beginning of an id.

Redis stores the ids of learners and lessons as digests, so a search finds whole ids only. An event that was recorded
before an index existed is not found by it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.transitions.keys import key
from lessonhook.ledger.transitions.pairs import digests_of

if TYPE_CHECKING:
    from redis import Redis

#: Ids that are read in one round trip.
_AT_ONCE: Final = 200
#: The shortest beginning of an event's id by which events are found.
SHORTEST_BEGINNING: Final = 4


def recorded_for(
    redis: "Redis",
    subscriber: str,
    *,
    learner: str | None,
    lesson: str | None,
    window_us: tuple[float | None, float | None],
) -> Iterator[tuple[float, str]]:
    """Yield when it was recorded (microseconds) and the id of each event of a learner, a lesson or both, newest first.

    `window_us` is the first and the last of those times; None leaves an end open.
    """
    of_learner, of_lesson = digests_of(learner, lesson)
    indexes = [key(kind, subscriber, digest) for kind, digest in _kinds(of_learner, of_lesson)]
    first, last = window_us
    while True:
        found: Any = redis.zrange(
            indexes[0],
            "+inf" if last is None else f"{last:.0f}",
            "-inf" if first is None else f"{first:.0f}",
            desc=True,
            byscore=True,
            offset=0,
            num=_AT_ONCE,
            withscores=True,
        )
        for index in indexes[1:]:
            there = redis.zmscore(index, [member for member, _ in found]) if found else []
            yield from ((at, member.decode()) for (member, at), other in zip(found, there, strict=True) if other)
        if len(indexes) == 1:
            yield from ((at, member.decode()) for member, at in found)
        if len(found) < _AT_ONCE:
            return
        # `recorded_us` is unique in a lane, so the next read begins behind the last one that was read.
        last = found[-1][1] - 1


def _kinds(learner: str | None, lesson: str | None) -> Iterator[tuple[str, str]]:
    # The learner first, because a learner has fewer completions than a lesson.
    if learner:
        yield "learner", learner
    if lesson:
        yield "lesson", lesson


def learner_and_lesson(sought: str) -> list[tuple[str, str]]:
    """Return the kind and the digest of the key that a learner of this id has, and of the key of a lesson."""
    learner, lesson = digests_of(sought, sought)
    return list(_kinds(learner, lesson))


def ask_for_beginning(client: "Redis", subscriber: str, beginning: str, *, at_most: int) -> Any:
    """Ask for the ids of the subscriber's events that begin so, sorted. A pipeline replies later.

    It costs what is found, and the logarithm of what the subscriber has.
    """
    first = beginning.encode()
    # An id is printable ASCII, and all of that comes before this byte.
    behind = b"(" + first + b"\x7f"
    return client.zrange(key("ids", subscriber), b"[" + first, behind, bylex=True, offset=0, num=at_most)
