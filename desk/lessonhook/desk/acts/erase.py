"""Erases one learner from a subscriber's events, and counts afterwards what can still be read."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lessonhook.desk.redis_errors import redis_errors_named
from lessonhook.desk.views.document import Document
from lessonhook.ledger import Found, State, by_state

if TYPE_CHECKING:
    from lessonhook.desk.resources import Resources


class Erased(Document):
    """What an erasure found, did and left."""

    #: Events of the learner, readable or not.
    found: int
    #: Events that were erased now.
    erased: int
    #: The readable ones, by the state in which they were found.
    by_state: dict[State, int]
    #: Events that can be read afterwards; above 0 if some were published meanwhile.
    readable: int


@redis_errors_named
class LearnerErasure:
    """One learner of one subscriber, to be erased in steps: `find`, `erase`, `left`."""

    def __init__(self, resources: "Resources", subscriber: str, learner: str) -> None:
        self._publish = resources.publish
        self._erasure = resources.ledger.erasure(subscriber, learner)

    @property
    def looked_at(self) -> int:
        """Events that were looked at so far, the learner's or not."""
        return self._erasure.looked_at

    def find(self) -> Iterator[Found]:
        """Yield the learner's events. Every event of the subscriber is looked at, some hundreds at a time."""
        return self._erasure.find()

    def erase(self, found: Iterable[Found], *, by: str) -> Erased:
        """Erase the readable ones of those that were found, then look at all events again. `by` is the person."""
        everything = list(found)
        readable = [each for each in everything if each.readable]
        for each in readable:
            self._publish(self._erasure.erase(each, by=by))
        return Erased(
            found=len(everything), erased=len(readable), by_state=by_state(readable), readable=self._erasure.left()
        )

    def count(self, found: Iterable[Found]) -> Erased:
        """Return what `erase` would find, and change nothing."""
        everything = list(found)
        readable = [each for each in everything if each.readable]
        return Erased(found=len(everything), erased=0, by_state=by_state(readable), readable=len(readable))
