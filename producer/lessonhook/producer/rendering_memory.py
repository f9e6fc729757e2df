"""Remembers the options of each subscriber's bodies, so that publishing calls Redis once and not twice.

The remembered options may be out of date. The ledger compares them when it records, and returns the right ones.
"""

from collections import OrderedDict
from typing import Final

#: Subscribers. The one that was learnt first is forgotten first.
_REMEMBERED: Final = 10_000


class RenderingMemory:
    """A bounded memory of renderings, by subscriber. Threads may share it: a lost update costs one more call."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, str] = OrderedDict()

    def recall(self, subscriber: str) -> str:
        """Return the rendering that was right last, or that of a subscription with no options."""
        return self._names.get(subscriber, "")

    def knows(self, subscriber: str) -> bool:
        """Return whether the rendering of a subscriber was learnt."""
        return subscriber in self._names

    def learn(self, subscriber: str, name: str) -> None:
        """Remember the rendering that the ledger returned."""
        self._names[subscriber] = name
        if len(self._names) > _REMEMBERED:
            self._names.popitem(last=False)
