"""Which POSTs keep a slot of their worker, and which wait aside because their endpoint is slow.

A slot bounds how many messages a worker takes. Twenty companies whose endpoints respond after 8 s would fill any number
of slots, and a healthy company's events would wait in the queue behind them. A POST that waits needs no slot, only a
socket. So it gives its slot back after a second, and at once if the subscriber's last POST was slow: Celery's prefetch
grows by one until the response has come.

Sockets have a limit too. Where it is near, only subscribers whose last POST was quick are posted to, so that a crowd of
any size, slow for the first time or not, leaves the slots to them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

#: A POST that has waited for longer is slow, and so is its subscriber until a POST of it is quicker.
SLOW_SECONDS: Final = 1.0
#: A subscriber that no POST of this process has gone to may be one of a crowd, of which each would keep a slot for a
#: second. Endpoints that are near respond within a tenth.
STRANGER_SECONDS: Final = 0.1
#: The share of the places aside that POSTs may take which may be slow from their beginning. The others stay free for
#: quick endpoints that become slow: such a POST has begun, and without a place it would keep its slot to its deadline.
#: Half, because who takes one of these must have been quick before, and so have had one of those.
_SHARE_OF_SLOW: Final = 0.5
#: With slots free, a turn lasts at most so many times its share: other workers may have more of them free. A turn that
#: ends leaves a message behind for its lane's next event, and a message costs more than the event.
_LONGEST_TURN: Final = 10
#: Subscribers that are remembered as slow or as quick; some 10 MB.
_REMEMBERED: Final = 100_000


class Slots:
    """Used on the loop only. At most `aside_limit` POSTs wait aside; near it, only those to quick endpoints begin.

    `prefetch` returns the `QoS` of Celery's consumer, None while it is not connected. `limit` returns how many slots
    there are.
    """

    def __init__(self, prefetch: Callable[[], Any], limit: Callable[[], int], aside_limit: int) -> None:
        self._prefetch = prefetch
        self._limit = limit
        self._turns = 0
        self._aside_limit = aside_limit
        #: Whether a subscriber's last POST was slow.
        self._slow: OrderedDict[str, bool] = OrderedDict()
        #: POSTs that wait aside.
        self.aside = 0
        #: POSTs in a slot of which nobody knows whether they will be quick.
        self._doubtful = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Count a turn while it lasts."""
        self._turns += 1
        try:
            yield
        finally:
            self._turns -= 1

    def may_go_on(self, seconds: float, share_seconds: float) -> bool:
        """Return whether a turn that has lasted so long may take one more event of its lane.

        `share_seconds` is its time where others wait for its slot. While slots are free, nobody does.
        """
        is_free = self._turns - self.aside < self._limit()
        return seconds < share_seconds * (_LONGEST_TURN if is_free else 1)

    def has_room_for(self, subscriber: str) -> bool:
        """Return whether a POST may begin: one that may be slow only while there is a place aside for it."""
        if self._slow.get(subscriber) is False:
            return True
        return self.aside + self._doubtful < _SHARE_OF_SLOW * self._aside_limit

    @contextmanager
    def occupied_by(self, subscriber: str) -> Iterator[None]:
        """Occupy a slot for one POST, as long as it is quick."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        was_slow = self._slow.get(subscriber)
        visit = _Visit(self, is_doubtful=was_slow is None)
        timer = None
        if was_slow:
            visit.step_aside()
        else:
            timer = loop.call_later(STRANGER_SECONDS if was_slow is None else SLOW_SECONDS, visit.step_aside)
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()
            visit.end()
            self._remember(subscriber, slow=loop.time() - began > SLOW_SECONDS)

    def doubt(self, change: int) -> None:
        """Count one POST more, or less, that is in a slot and of which nobody knows whether it will be quick."""
        self._doubtful += change

    def step_aside(self) -> Any:
        """Let the consumer take one more message, and return its prefetch; None where that can't be."""
        prefetch = self._prefetch()
        if prefetch is None or self.aside >= self._aside_limit:
            return None
        self.aside += 1
        prefetch.increment_eventually()
        return prefetch

    def come_back(self, prefetch: Any) -> None:
        """Let the consumer take one message less. After a reconnect it has another prefetch, which never grew."""
        self.aside -= 1
        if prefetch is self._prefetch():
            prefetch.decrement_eventually()

    def _remember(self, subscriber: str, *, slow: bool) -> None:
        self._slow[subscriber] = slow
        self._slow.move_to_end(subscriber)
        while len(self._slow) > _REMEMBERED:
            self._slow.popitem(last=False)


class _Visit:
    """One POST's, in its slot or aside."""

    __slots__ = ("_is_doubtful", "_prefetch", "_slots")

    def __init__(self, slots: Slots, *, is_doubtful: bool) -> None:
        self._slots = slots
        self._prefetch: Any = None
        self._is_doubtful = is_doubtful
        if is_doubtful:
            slots.doubt(1)

    def step_aside(self) -> None:
        self._prefetch = self._slots.step_aside()
        if self._prefetch is not None:
            self._doubt_no_more()

    def end(self) -> None:
        self._doubt_no_more()
        if self._prefetch is not None:
            self._slots.come_back(self._prefetch)

    def _doubt_no_more(self) -> None:
        if self._is_doubtful:
            self._is_doubtful = False
            self._slots.doubt(-1)
