"""Lets fresh events go first: what can wait asks the ledger a few at a time, between the loop's rounds.

Sixty endpoints that hang together time out together, a backlog of 20,000 concludes without a pause, and ten thousand
subscribers may be resumed at once. First come, first served, a fresh event's POST would wait behind all of them.

There are two lines, which take turns. A delivery that has ended keeps its slot and its lease until its conclusion is
recorded. Behind thousands of countdowns that want to begin, it would keep the slot from fresh events, and lose the
lease.
"""

import asyncio
from collections import deque
from typing import Final

#: Conclusions in one round of the loop, each some 0.2 ms.
_A_ROUND: Final = 4
#: Transitions that the ledger has been asked for and has not replied to. Where its replies are late, they come
#: together, and the loop's next round is as long as all that follows from them: without a limit, up to 100 ms
#: (measured).
AT_ONCE: Final = 64
#: The same while fresh events come. Beside a backlog, a fresh event's p99 is 17 ms with eight and 12 with two, and 5
#: alone. But with two or four, a backlog goes at 60 to 80 % of its pace: a worker's own first events are fresh as well.
AT_ONCE_BESIDE_FRESH: Final = 8
#: How long a place counts. A server that hangs, or one node of a Cluster, must not hold up what others would reply to.
_LATE_SECONDS: Final = 0.1
#: How long after a fresh event another one is expected. With 5 s, a backlog alone went at 80 % of its pace.
_FRESH_SECONDS: Final = 1.0


class LowerQueue:
    """Belongs to one loop, and is used on it only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        #: What begins, and what concludes.
        self._lines: tuple[deque[asyncio.Future[None]], ...] = (deque(), deque())
        #: Which of the lines goes next, if something waits in it.
        self._next = 0
        self._taken = 0
        self._is_due = False
        #: Until when further fresh events are expected, on the loop's clock.
        self._fresh_until = 0.0

    def give_way(self) -> None:
        """Note that a fresh event came."""
        self._fresh_until = self._loop.time() + _FRESH_SECONDS

    def place(self, *, concludes: bool = False) -> "Place":
        """Return a place behind what came before in its line, and behind this round's fresh events."""
        return Place(self, self._loop, concludes=concludes)

    async def take(self, *, concludes: bool) -> None:
        """Wait for a place, and have it until `leave`."""
        future = self._loop.create_future()
        self._lines[concludes].append(future)
        self._let_go_soon()
        try:
            await future
        except asyncio.CancelledError:
            if not future.cancelled():
                # It had been given the place, and did not know yet.
                self.leave()
            raise

    def leave(self) -> None:
        """Give a place back."""
        self._taken -= 1
        self._let_go_soon()

    def _let_go_soon(self) -> None:
        if not self._is_due and any(self._lines):
            self._is_due = True
            self._loop.call_soon(self._let_some_go)

    def _let_some_go(self) -> None:
        self._is_due = False
        at_once = AT_ONCE_BESIDE_FRESH if self._loop.time() < self._fresh_until else AT_ONCE
        for _ in range(min(_A_ROUND, sum(map(len, self._lines)), at_once - self._taken)):
            line = self._lines[self._next] or self._lines[1 - self._next]
            self._next = 1 - self._next
            future = line.popleft()
            if not future.done():
                self._taken += 1
                future.set_result(None)
        if self._taken < at_once:
            self._let_go_soon()


class Place:
    """A context of a coroutine, which has a place in it. Written out, because each event is in two of them."""

    __slots__ = ("_concludes", "_loop", "_queue", "_timer")

    def __init__(self, queue: LowerQueue, loop: asyncio.AbstractEventLoop, *, concludes: bool) -> None:
        self._concludes = concludes
        self._queue = queue
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        await self._queue.take(concludes=self._concludes)
        self._timer = self._loop.call_later(_LATE_SECONDS, self._leave)

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._queue.leave()
