"""The threads that look-ups may have, shared out by what is known of a name before its look-up.

A crowd of names that hang fills the places of slow names only. One of names that were never looked up fills those of
strangers, and each name can do that only once. Names that were quick the last time wait for neither.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

#: A look-up that takes longer is slow, and so is its name until a look-up of it is quicker. A name server that is asked
#: through a few others responds within 0.1 s.
SLOW_SECONDS: Final = 0.25
#: Names that are remembered as slow or as quick; some 10 MB.
_REMEMBERED: Final = 100_000


class NamePace(Enum):
    """What is known of a name before a look-up."""

    #: Its last look-up was quick.
    QUICK = auto()
    #: Its last look-up was slow, or is.
    SLOW = auto()
    #: It was never looked up.
    STRANGER = auto()


#: Threads for each pace. One that waits costs some 0.1 MB.
LIMITS: Final[Mapping[NamePace, int]] = {NamePace.QUICK: 64, NamePace.SLOW: 512, NamePace.STRANGER: 64}


class LookUpPlaces:
    """Used on one loop only. A look-up takes the place of its name's pace, and moves when it turns out to be slow."""

    def __init__(self) -> None:
        self._free = dict(LIMITS)
        #: Whether a name's last look-up was slow.
        self._slow: OrderedDict[str, bool] = OrderedDict()
        #: Set when a place becomes free; there while somebody waits for one.
        self._freed: dict[NamePace, asyncio.Future[None]] = {}

    def pace_of(self, name: str) -> NamePace:
        """Return what is known of a name."""
        slow = self._slow.get(name)
        return NamePace.STRANGER if slow is None else NamePace.SLOW if slow else NamePace.QUICK

    def take(self, pace: NamePace) -> bool:
        """Take a place, and return whether there was one."""
        if not self._free[pace]:
            return False
        self._free[pace] -= 1
        return True

    async def until_free(self, pace: NamePace) -> None:
        """Wait until a place becomes free. All who wait are woken: the first takes it, the others wait again."""
        if pace not in self._freed:
            self._freed[pace] = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._freed[pace])

    def give_back(self, pace: NamePace) -> None:
        """Free a place."""
        self._free[pace] += 1
        if (freed := self._freed.pop(pace, None)) is not None:
            freed.set_result(None)

    def remember(self, name: str, *, slow: bool) -> None:
        """Note how a name's last look-up was."""
        self._slow[name] = slow
        self._slow.move_to_end(name)
        while len(self._slow) > _REMEMBERED:
            self._slow.popitem(last=False)
