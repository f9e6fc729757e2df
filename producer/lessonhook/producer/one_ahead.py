"""Runs coroutines in their order, each begun before the one before it has ended, so that Redis need not wait."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any


async def one_ahead(calls: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Await them. When one fails, or the wait is cancelled, the one that was begun after it is cancelled."""
    before: asyncio.Task[None] | None = None
    try:
        for call in calls:
            present = asyncio.ensure_future(call)
            # It sends now, so that Redis finds it as soon as the one before has ended.
            await asyncio.sleep(0)
            before, ended = present, before
            if ended is not None:
                await ended
        if before is not None:
            await before
    finally:
        if before is not None and not before.done():
            before.cancel()
        if before is not None:
            # Read here: asyncio complains of an error that nobody asked a task for.
            await asyncio.gather(before, return_exceptions=True)
