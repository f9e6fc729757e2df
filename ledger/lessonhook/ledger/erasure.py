"""Erases one learner: every event of theirs that a subscriber's ledger holds, whatever became of it, and proves it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.answers import State
from lessonhook.ledger.events import Events
from lessonhook.ledger.keys import key
from lessonhook.ledger.pairs import is_of_learner

if TYPE_CHECKING:
    from lessonhook.ledger.answers import Step
    from lessonhook.ledger.event_view import EventView
    from lessonhook.ledger.ledger import Ledger

#: In the order in which an event can move from one to another, so that none that moves meanwhile is missed.
_COLLECTIONS: Final = ("open", "refused", "done")
#: Events that Redis looks at in one step, so that nobody waits behind a long walk.
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An event of the learner's, and whether anything that it says, or that was answered to it, can still be read."""

    event: "EventView"
    readable: bool


class Erasure:
    """One learner of one subscriber; `learner` is the id that the LMS gave with the completions, as text."""

    def __init__(self, ledger: "Ledger", subscriber: str, learner: str) -> None:
        self._ledger = ledger
        self._events = Events(ledger)
        self._subscriber = subscriber
        self._learner = learner
        #: Events that were looked at, the learner's or not.
        self.looked_at = 0

    def find(self) -> Iterator[Found]:
        """Yield the learner's events; the walk looks at every event of the subscriber, some hundred at a time."""
        seen: set[str] = set()
        for collection in _COLLECTIONS:
            for members in self._walk(collection):
                fresh = [event_id for event_id in members if event_id not in seen]
                self.looked_at += len(fresh)
                mine = [
                    view
                    for view in self._events.read(self._subscriber, fresh)
                    if is_of_learner(view.pair, self._learner)
                ]
                seen.update(view.event_id for view in mine)
                for view, readable in zip(mine, self._readable(mine), strict=True):
                    yield Found(event=view, readable=readable)

    def erase(self, found: Found) -> "Step":
        """Erase one event; the caller publishes what the step asks for."""
        return self._ledger.erase(self._subscriber, found.event.event_id)

    def left(self) -> int:
        """Walk once more and count what can still be read: 0 is the proof."""
        return sum(found.readable for found in self.find())

    def _walk(self, collection: str) -> Iterator[list[str]]:
        cursor = 0
        while True:
            answer: Any = self._redis_scan(collection, cursor)
            cursor, members = answer
            yield [member.decode() for member, _ in members]
            if not cursor:
                return

    def _redis_scan(self, collection: str, cursor: int) -> Any:
        return self._ledger.redis.zscan(key(collection, self._subscriber), cursor, count=_AT_ONCE)

    def _readable(self, events: "list[EventView]") -> list[bool]:
        if not events:
            return []
        with self._ledger.redis.pipeline(transaction=False) as pipeline:
            for event in events:
                names = [key(kind, self._subscriber, event.event_id) for kind in ("body", "attempts")]
                pipeline.exists(*names)
            return [bool(there) for there in pipeline.execute()]


def by_state(found: list[Found]) -> dict[State, int]:
    """Count events by the state that they were found in, in the order of the states."""
    counted = Counter(each.event.state for each in found)
    return {state: counted[state] for state in State if counted[state]}
