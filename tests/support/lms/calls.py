"""The two calls by which an LMS publishes one completion, as tests make them: from a thread, and from a coroutine."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

from lessonhook.producer import CompletionEvent, Producer, Publication

Call: TypeAlias = Callable[[Producer, CompletionEvent], Publication]


def delay(producer: Producer, event: CompletionEvent) -> Publication:
    """Publish as a view does."""
    return producer.send_completion.delay(event)


def adelay(producer: Producer, event: CompletionEvent) -> Publication:
    """Publish as a coroutine does, on a loop of its own."""

    async def publish() -> Publication:
        try:
            return await producer.send_completion.adelay(event)
        finally:
            await producer.send_completion.aclose()

    return asyncio.run(publish())


CALLS: Final[tuple[Call, ...]] = (delay, adelay)
