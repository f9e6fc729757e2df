"""Erases one learner: every event of theirs at one subscriber, in any state; then proves that nothing is left."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.transitions.keys import key
from lessonhook.ledger.transitions.pairs import is_of_learner
from lessonhook.ledger.transitions.results import State

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.transitions.results import Step
    from lessonhook.ledger.transitions.transitions import Transitions
    from lessonhook.ledger.views.event_view import EventView
    from lessonhook.ledger.views.events import Events

#: In the order in which an event moves from one to the next, so that an event that moves meanwhile is not missed.
_COLLECTIONS: Final = ("open", "backfill-open", "refused", "done")
#: Events that Redis reads in one step, so that no other client waits for long.
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An event of the learner, and whether its body or a logged response can still be read."""

    event: "EventView"
    readable: bool


class Erasure:
    """The erasure of one learner; `learner` is the id that the LMS gave with the completions, as text."""

    def __init__(
        self, redis: "Redis", events: "Events", transitions: "Transitions", *, subscriber: str, learner: str
    ) -> None:
        self._redis = redis
        self._events = events
        self._transitions = transitions
        self._subscriber = subscriber
        self._learner = learner
        #: Events that were read so far, the learner's or not.
        self.looked_at = 0

    def find(self) -> Iterator[Found]:
        """Yield the learner's events. Every event of the subscriber is read, some hundred at a time."""
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

    def erase(self, found: Found, *, by: str = "") -> "Step":
        """Erase one event; the caller publishes the messages of the step. `by` is who does it, for the audit."""
        return self._transitions.erase(self._subscriber, found.event.event_id, by=by)

    def left(self) -> int:
        """Read all events once more and count those that can still be read; 0 is the proof."""
        return sum(found.readable for found in self.find())

    def _walk(self, collection: str) -> Iterator[list[str]]:
        cursor = 0
        while True:
            reply: Any = self._redis.zscan(key(collection, self._subscriber), cursor, count=_AT_ONCE)
            cursor, members = reply
            yield [member.decode() for member, _ in members]
            if not cursor:
                return

    def _readable(self, events: "list[EventView]") -> list[bool]:
        if not events:
            return []
        with self._redis.pipeline(transaction=False) as pipeline:
            for event in events:
                names = [key(kind, self._subscriber, event.event_id) for kind in ("body", "attempts")]
                pipeline.exists(*names)
            return [bool(there) for there in pipeline.execute()]


def by_state(found: list[Found]) -> dict[State, int]:
    """Count events by the state in which they were found, in the order of the states."""
    counted = Counter(each.event.state for each in found)
    return {state: counted[state] for state in State if counted[state]}
