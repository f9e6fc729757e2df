"""Which options each subscriber's bodies are rendered for, remembered so that publishing asks Redis once and not twice.

What is remembered may be out of date: the ledger compares it in the step that records, and names the right one.
"""

from collections import OrderedDict
from typing import Final, NamedTuple, Self

#: Subscribers; the one learnt first is forgotten first.
_REMEMBERED: Final = 10_000


class Rendering(NamedTuple):
    """The options of a subscription that change its bodies. Satisfies `RenderingOptions`."""

    external_user_ids: bool = False
    numeric_ids: bool = False
    deprecated_score: bool = False

    @classmethod
    def named(cls, name: str) -> Self:
        """Read what `Subscription.rendering` wrote."""
        return cls("external" in name, "numeric" in name, "score" in name)


class RenderingMemory:
    """A bounded memory of renderings by subscriber. Threads may share it: a lost update costs one more round trip."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, str] = OrderedDict()

    def recall(self, subscriber: str) -> str:
        """Answer the name that was last right, or that of a subscription with no options."""
        return self._names.get(subscriber, "")

    def learn(self, subscriber: str, name: str) -> None:
        """Remember what the ledger answered."""
        self._names[subscriber] = name
        if len(self._names) > _REMEMBERED:
            self._names.popitem(last=False)
