"""The threads that calls of the LMS's function may have, so that calls that hang leave the others theirs.

What the function asks is often a server of the company's own. So a company can make its calls hang, and each of those
keeps a thread.
"""

from collections import Counter, OrderedDict
from typing import Final

#: Calls under way for subscribers that are not known to hang.
CALLS_LIMIT: Final = 128
#: Calls that hang, of all subscribers together. Each has a thread that waits.
HANGING_LIMIT: Final = 256
#: Calls of one subscriber: one that hangs, and one that tries whether it still would.
CALLS_OF_ONE: Final = 2
#: Subscribers that are remembered as hanging; one is forgotten when a call ends in time.
_REMEMBERED: Final = 10_000


class TokenPlaces:
    """Counts the calls that are under way. Used on one loop only."""

    def __init__(self) -> None:
        #: Calls in the places of those that do not hang.
        self._usual = 0
        #: Calls in the places of those that hang.
        self._hanging = 0
        self._calls_of: Counter[str] = Counter()
        self._known_to_hang: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        """Return how many calls are under way."""
        return self._usual + self._hanging

    def refusal(self, subscriber: str) -> str:
        """Return why no further call may begin for a subscriber; "" if one may."""
        if self._calls_of[subscriber] >= CALLS_OF_ONE:
            return "the authorization provider's earlier calls for this subscriber hang"
        hangs = subscriber in self._known_to_hang
        is_full = self._hanging >= HANGING_LIMIT if hangs else self._usual >= CALLS_LIMIT
        return "too many calls of the authorization provider hang" if is_full else ""

    def take(self, subscriber: str) -> bool:
        """Count a call that begins. Return whether it has a place of those that hang."""
        self._calls_of[subscriber] += 1
        if subscriber in self._known_to_hang:
            self._hanging += 1
            return True
        self._usual += 1
        return False

    def hang(self, subscriber: str) -> bool:
        """Note that a call hangs. Return whether it has moved to a place of those that do."""
        self._known_to_hang[subscriber] = None
        self._known_to_hang.move_to_end(subscriber)
        while len(self._known_to_hang) > _REMEMBERED:
            self._known_to_hang.popitem(last=False)
        if self._hanging >= HANGING_LIMIT:
            return False
        self._usual -= 1
        self._hanging += 1
        return True

    def give_back(self, subscriber: str, *, hangs: bool, in_time: bool) -> None:
        """Count a call that has ended. `hangs` says which place it had."""
        if hangs:
            self._hanging -= 1
        else:
            self._usual -= 1
        self._calls_of[subscriber] -= 1
        if not self._calls_of[subscriber]:
            del self._calls_of[subscriber]
        if in_time:
            self._known_to_hang.pop(subscriber, None)
