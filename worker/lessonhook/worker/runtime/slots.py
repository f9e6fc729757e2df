"""Which POSTs keep a slot of their worker, and which wait aside because their endpoint is slow.

A slot bounds how many messages a worker takes. Twenty companies whose endpoints respond after 8 s would fill any number
of slots, and a healthy company's events would wait in the queue behind them. A POST that waits needs no slot, only a
socket. So it gives its slot back after a tenth of a second, and at once if the subscriber's last POST was slow.
Celery's prefetch grows by one until the response has come.

Sockets have a limit too, so the places aside are shared out by what is known of an endpoint before its POST. A crowd of
slow endpoints fills the places of the slow ones only. One of endpoints that nobody knows fills those of strangers, and
each of its endpoints can do that only once. The slots are left to quick endpoints, whatever the size of the crowd.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, auto
from typing import Any, Final

#: A POST that takes longer is slow, and so is its subscriber until a POST of it is quicker.
SLOW_SECONDS: Final = 1.0
#: How long a POST keeps its slot. Endpoints that are near respond within a tenth of a second. With a second, a hundred
#: companies that respond after 0.9 s took 64 slots with 120 events a second, and a healthy company's waited up to 8 s
#: (measured).
ASIDE_AFTER_SECONDS: Final = 0.1


class Pace(Enum):
    """What is known of a subscriber before a POST."""

    #: Its last POST was quick.
    QUICK = auto()
    #: Its last POST was slow, or failed on another worker or before this worker began.
    SLOW = auto()
    #: No POST to it was ever accepted or failed.
    STRANGER = auto()
    #: A person asked for it by a button. Most of these wait for one of few threads, and so without a socket.
    ERRAND = auto()
    #: A countdown has ended, and its turn waits to ask the ledger. This process had the message already, beside its
    #: slots: thousands that end together must not keep a fresh event out of them.
    COUNTDOWN = auto()


#: The share of the places aside that POSTs of each pace may take. Half of them is for quick endpoints that become slow:
#: such a POST has begun, and without a place it would keep its slot to its deadline. Strangers need few, because each
#: is one only once: at the default settings, 83 that hang up to their deadline can be tried each second. Errands and
#: countdowns have no socket to share, only memory.
_SHARES: Final[Mapping[Pace, float]] = {
    Pace.QUICK: 0.5,
    Pace.SLOW: 0.375,
    Pace.STRANGER: 0.125,
    Pace.ERRAND: 0.5,
    Pace.COUNTDOWN: 1.0,
}
#: Those that stand aside without a turn that has begun.
_WITHOUT_TURN: Final = (Pace.ERRAND, Pace.COUNTDOWN)
#: With slots free, a turn lasts at most so many times its share: other workers may have more of them free. A turn that
#: ends leaves a message behind for its lane's next event, and a message costs more than the event.
_LONGEST_TURN: Final = 10
#: Events that found no room come again one after the other, so many in a second. Each costs its worker about a
#: millisecond; thousands that came at the same time would hold up everybody's.
_COMING_AGAIN_PER_SECOND: Final = 100
#: The first comes again after so long, and none waits longer than so long.
_ROOM_AFTER_SECONDS: Final = 1.0
_ROOM_AT_THE_LATEST_SECONDS: Final = 60.0
#: Subscribers that are remembered as slow or as quick; some 10 MB.
_REMEMBERED: Final = 100_000


class Slots:
    """Used on the loop only. At most `aside_limit` POSTs of lanes wait aside, of each pace its share.

    Errands and ended countdowns wait besides.

    `prefetch` returns the `QoS` of Celery's consumer, None while it is not connected. `limit` returns how many slots
    there are.
    """

    def __init__(self, prefetch: Callable[[], Any], limit: Callable[[], int], aside_limit: int) -> None:
        self._prefetch = prefetch
        self._limit = limit
        self._turns = 0
        self._places = {pace: max(1, int(share * aside_limit)) for pace, share in _SHARES.items()}
        #: Whether a subscriber's last POST was slow.
        self._slow: OrderedDict[str, bool] = OrderedDict()
        #: POSTs that have begun, by their pace then.
        self._begun: Counter[Pace] = Counter()
        #: Those of them that wait aside.
        self._aside: Counter[Pace] = Counter()
        #: When the last one of those that found no room comes again, by the loop's clock.
        self._last_comes_at = 0.0

    @property
    def aside(self) -> int:
        """How many messages that the consumer took keep no slot."""
        return self._aside.total()

    @property
    def posts_aside(self) -> int:
        """How many of them are POSTs that wait aside."""
        return self.aside - sum(self._aside[pace] for pace in _WITHOUT_TURN)

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
        is_free = self._turns - self.posts_aside < self._limit()
        return seconds < share_seconds * (_LONGEST_TURN if is_free else 1)

    def pace_of(self, subscriber: str, recorded_seconds: float | None) -> Pace:
        """Return what is known before a POST: by this process, else by the ledger (`Delivery.last_seconds`)."""
        slow = self._slow.get(subscriber)
        if slow is None:
            if recorded_seconds is None:
                return Pace.STRANGER
            slow = recorded_seconds > SLOW_SECONDS
        return Pace.SLOW if slow else Pace.QUICK

    def has_room_for(self, pace: Pace) -> bool:
        """Return whether a POST may begin: one that may be slow only while there is a place aside for it."""
        return pace is Pace.QUICK or self._begun[pace] < self._places[pace]

    def room_after_seconds(self) -> float:
        """Return after how long an event that found no room shall come again: each after those before it."""
        now = asyncio.get_running_loop().time()
        comes_at = max(now + _ROOM_AFTER_SECONDS, self._last_comes_at + 1 / _COMING_AGAIN_PER_SECOND)
        self._last_comes_at = min(comes_at, now + _ROOM_AT_THE_LATEST_SECONDS)
        return self._last_comes_at - now

    @contextmanager
    def occupied_by(self, subscriber: str, pace: Pace) -> Iterator["_Visit"]:
        """Occupy a slot for one POST, as long as it is quick. Without a POST, set `has_posted` to False in the end."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        visit = _Visit(self, pace)
        timer = None
        if self._slow.get(subscriber):
            visit.step_aside()
        else:
            timer = loop.call_later(ASIDE_AFTER_SECONDS, visit.step_aside)
        self._begun[pace] += 1
        try:
            yield visit
        finally:
            if timer is not None:
                timer.cancel()
            self._begun[pace] -= 1
            visit.end()
            is_slow = loop.time() - began > SLOW_SECONDS
            if is_slow or visit.has_posted:
                self._remember(subscriber, slow=is_slow)

    @contextmanager
    def waiting_after_countdown(self) -> Iterator[None]:
        """Keep no slot while a turn whose countdown has ended waits to ask the ledger."""
        prefetch = self.step_aside(Pace.COUNTDOWN)
        try:
            yield
        finally:
            if prefetch is not None:
                self.come_back(Pace.COUNTDOWN, prefetch)

    def step_aside(self, pace: Pace) -> Any:
        """Let the consumer take one more message, and return its prefetch; None where that can't be."""
        prefetch = self._prefetch()
        if prefetch is None or self._aside[pace] >= self._places[pace]:
            return None
        self._aside[pace] += 1
        prefetch.increment_eventually()
        return prefetch

    def come_back(self, pace: Pace, prefetch: Any) -> None:
        """Let the consumer take one message less. After a reconnect it has another prefetch, which never grew."""
        self._aside[pace] -= 1
        if prefetch is self._prefetch():
            prefetch.decrement_eventually()

    def _remember(self, subscriber: str, *, slow: bool) -> None:
        self._slow[subscriber] = slow
        self._slow.move_to_end(subscriber)
        while len(self._slow) > _REMEMBERED:
            self._slow.popitem(last=False)


class _Visit:
    """One POST's, in its slot or aside."""

    __slots__ = ("_pace", "_prefetch", "_slots", "has_posted")

    def __init__(self, slots: Slots, pace: Pace) -> None:
        self._slots = slots
        self._pace = pace
        #: What is given back at once, for want of a thread or a token, says nothing of its endpoint. A crowd that hangs
        #: would count as quick, and no bound holds for quick ones.
        self.has_posted = True
        self._prefetch: Any = None

    def step_aside(self) -> None:
        self._prefetch = self._slots.step_aside(self._pace)

    def end(self) -> None:
        if self._prefetch is not None:
            self._slots.come_back(self._pace, self._prefetch)
