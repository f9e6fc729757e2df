"""Lets fresh events go first: what has its response already concludes a few at a time, between the loop's rounds.

Sixty endpoints that hang together time out together, and a backlog of 20,000 concludes without a pause. First come,
first served, a fresh event's POST would wait behind all of them.
"""

import asyncio
from collections import deque
from typing import Final

#: Conclusions in one round of the loop, each some 0.2 ms.
_A_ROUND: Final = 4


class LowerQueue:
    """Belongs to one loop, and is used on it only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def turn(self) -> None:
        """Wait for a place behind what came before, and behind this round's fresh events."""
        future = self._loop.create_future()
        if not self._waiting:
            self._loop.call_soon(self._let_some_go)
        self._waiting.append(future)
        await future

    def _let_some_go(self) -> None:
        for _ in range(min(_A_ROUND, len(self._waiting))):
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
        if self._waiting:
            self._loop.call_soon(self._let_some_go)
