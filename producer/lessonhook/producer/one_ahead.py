"""Runs coroutines in their order, each begun before the one before it has ended, so that Redis need not wait."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any


async def one_ahead(calls: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Await them. When one fails, or the wait is cancelled, those that are under way are cancelled."""
    #: Two at most, the older one first.
    under_way: list[asyncio.Task[None]] = []
    try:
        for call in calls:
            under_way.append(asyncio.ensure_future(call))
            # It sends now, so that Redis finds it as soon as the one before has ended.
            await asyncio.sleep(0)
            if len(under_way) > 1:
                await under_way[0]
                del under_way[0]
        for last in under_way:
            await last
    finally:
        for task in under_way:
            task.cancel()
        # Read here: asyncio complains of an error that nobody asked a task for.
        await asyncio.gather(*under_way, return_exceptions=True)
