"""Publishes completions for coroutines: `adelay` and `adelay_many`, over one connection of each event loop."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from lessonhook.config import call_limit, explain
from lessonhook.ledger import (
    Ledger,
    LoopTransitions,
    current_traceparent,
    leave_to_sweep,
    may_fill_lists,
    message_for_script,
    publish,
    publish_on_loop,
)
from lessonhook.ledger.subscriptions import body_options
from lessonhook.producer.app import PATIENCE_SECONDS
from lessonhook.producer.checked import (
    CheckedCompletion,
    checked_completion,
    fresh_event,
    rendered_again,
    together,
)
from lessonhook.producer.completion_dict import CompletionDict
from lessonhook.producer.contract import CompletionEvent, parse_event
from lessonhook.producer.errors import InvalidCompletion, PartlyPublished, PublishFailed
from lessonhook.producer.many import CheckedMany, refuse_one
from lessonhook.producer.many_waits import ManyWaits
from lessonhook.producer.one_ahead import one_ahead
from lessonhook.producer.publication import Publication, Publications
from lessonhook.producer.publisher import RENDERINGS_TRIED, published
from lessonhook.producer.rendering import render

if TYPE_CHECKING:
    from lessonhook.ledger import Step
    from lessonhook.producer.publisher import Publisher

#: Completions that are checked before other tasks of the loop have a turn: some milliseconds.
_CHECKED_AT_ONCE: Final = 32

_Given: TypeAlias = CompletionEvent | CompletionDict


class _Opened(NamedTuple):
    """What a loop has opened."""

    ledger: Ledger
    transitions: LoopTransitions
    #: Closes the connection when it is closed itself: `asyncio.run` and ASGI servers close such a generator at the end.
    end: AsyncGenerator[None]


class LoopPublisher:
    """The publisher for the coroutines of any number of event loops. Each loop has a connection of its own."""

    def __init__(self, publisher: "Publisher") -> None:
        self._publisher = publisher
        self._opened: dict[asyncio.AbstractEventLoop, _Opened] = {}
        #: What a thread does for all that wait for it on a loop.
        self._shared: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}

    async def send(self, event: CompletionEvent | CompletionDict) -> Publication:
        """Check, render, record and publish one completion. See `SendCompletion.adelay`."""
        completion = parse_event(event)
        fresh = fresh_event(completion, b"")
        ends = asyncio.get_running_loop().time() + self._publisher.call_seconds
        try:
            async with asyncio.timeout_at(ends):
                transitions = await self._on_this_loop()
                await self._announced()
                name, body = await self._rendered(transitions, completion)
                step = await self._record(transitions, completion, fresh._replace(body=body), name)
        except (RedisError, TimeoutError) as error:
            raise PublishFailed(
                f"Redis did not confirm that it recorded the completion: {self._reason(error)}. Send it again; if it "
                "was recorded, its id keeps it from arriving twice"
            ) from error
        await self._publish(transitions, step, ends)
        return published(fresh.event_id, step)

    async def send_many(
        self, events: Iterable[_Given] | AsyncIterable[_Given], *, backfill: bool = False
    ) -> Publications:
        """Check all completions, then record and publish them. See `SendCompletion.adelay_many` and `abackfill`."""
        refuse_one(events)
        with closing(CheckedMany(self._publisher)) as many:
            number = 0
            async for event in _each(events):
                try:
                    many.keep(await self._checked(event, number, many.waits))
                except InvalidCompletion as error:
                    if not many.note_wrong(number, error):
                        break
                number += 1
                if number % _CHECKED_AT_ONCE == 0:
                    await asyncio.sleep(0)
            many.refuse_wrong()
            for batch in many.batches():
                results: dict[int, Publication | InvalidCompletion] = {}
                failure: PublishFailed | None = None
                try:
                    groups, waits = together(batch), many.waits
                    await one_ahead(self._record_together(group, results, waits, backfill=backfill) for group in groups)
                except PublishFailed as error:
                    failure = error
                many.count(batch, results)
                if failure is not None:
                    raise PartlyPublished(str(failure), many.confirmed) from failure
            return many.publications()

    async def close(self) -> None:
        """Close the connection of the running loop; the next use opens a new one."""
        opened = self._opened.get(asyncio.get_running_loop())
        if opened is not None:
            await opened.end.aclose()

    async def _on_this_loop(self) -> LoopTransitions:
        if "ledger" not in self._publisher.__dict__:
            # A Cluster's client connects when it is made, and would block the loop.
            await self._once(lambda: self._publisher.ledger)
        loop, ledger = asyncio.get_running_loop(), self._publisher.ledger
        opened = self._opened.get(loop)
        # In an LMS's tests, the fixture puts another ledger in its place.
        if opened is None or opened.ledger is not ledger:
            transitions = ledger.on_loop(timeout_seconds=PATIENCE_SECONDS)
            end = self._until_the_end(loop, transitions)
            # It runs to its first `yield` without a turn of other coroutines. The loop then knows of it.
            await anext(end)
            opened = self._opened[loop] = _Opened(ledger, transitions, end)
            self._forget_closed_loops()
        return opened.transitions

    async def _until_the_end(
        self, loop: asyncio.AbstractEventLoop, transitions: LoopTransitions
    ) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            opened = self._opened.get(loop)
            if opened is not None and opened.transitions is transitions:
                del self._opened[loop]
            await transitions.close()

    def _forget_closed_loops(self) -> None:
        """Forget loops that were closed without their end. A copy, because loops of other threads come and go."""
        for loop in [each for each in list(self._opened) if each.is_closed()]:
            self._opened.pop(loop, None)
            self._shared.pop(loop, None)

    async def _announced(self) -> None:
        keys = self._publisher.ledger.sealing_keys
        if keys.is_due:
            await self._once(keys.announce)

    async def _once(self, call: Any) -> None:
        """Make a call that waits for Redis in a thread, one for all coroutines of this loop that need it now."""
        loop = asyncio.get_running_loop()
        task = self._shared.get(loop)
        if task is None or task.done():
            # The thread goes on when the coroutines that wait for it have ended, and ends by their time.
            with call_limit(self._publisher.call_seconds):
                task = self._shared[loop] = loop.create_task(asyncio.to_thread(call))
            task.add_done_callback(lambda ended: self._forget_shared(loop, ended))
        await asyncio.shield(task)

    def _forget_shared(self, loop: asyncio.AbstractEventLoop, ended: asyncio.Task[None]) -> None:
        # Read here: asyncio complains of an error that nobody asked a task for.
        if not ended.cancelled():
            ended.exception()
        # The next one may have begun before this was called.
        if self._shared.get(loop) is ended:
            del self._shared[loop]

    async def _rendered(self, transitions: LoopTransitions, completion: CompletionEvent) -> tuple[str, bytes]:
        """Return the name of the subscription's rendering options, and the body rendered for them."""
        renderings = self._publisher.renderings
        name = renderings.recall(completion.subscriber)
        try:
            return name, render(completion, body_options(name))
        except InvalidCompletion:
            # The remembered options may be out of date: a company whose events an option refuses removes the option.
            current = await transitions.rendering_of(completion.subscriber)
            if current == name:
                raise
        renderings.learn(completion.subscriber, current)
        return current, render(completion, body_options(current))

    async def _record(self, transitions: LoopTransitions, completion: CompletionEvent, fresh: Any, name: str) -> "Step":
        subscriber = completion.subscriber
        for _ in range(RENDERINGS_TRIED):
            message = message_for_script(self._publisher.app, subscriber, fresh.event_id)
            step = await transitions.record(
                subscriber, fresh, rendering=name, traceparent=current_traceparent(), message=message
            )
            if step.rendering is None:
                return step
            name = step.rendering
            self._publisher.renderings.learn(subscriber, name)
            fresh = fresh._replace(body=render(completion, body_options(name)))
        raise PublishFailed(
            f"the subscription changed {RENDERINGS_TRIED} times while the completion was being recorded: send it again"
        )

    async def _checked(self, event: _Given, number: int, waits: ManyWaits) -> CheckedCompletion:
        """Check and render a completion, and store nothing. See `Publisher.checked`."""
        completion = parse_event(event)
        renderings = self._publisher.renderings
        try:
            async with waits.step():
                transitions = await self._on_this_loop()
                if not renderings.knows(completion.subscriber):
                    renderings.learn(completion.subscriber, await transitions.rendering_of(completion.subscriber))
                rendering, body = await self._rendered(transitions, completion)
        except (RedisError, TimeoutError) as error:
            raise self._publisher.not_confirmed("the subscription's options", _of_redis(error)) from error
        return checked_completion(completion, number, rendering, body)

    async def _record_together(
        self,
        group: Sequence[CheckedCompletion],
        results: dict[int, Publication | InvalidCompletion],
        waits: ManyWaits,
        *,
        backfill: bool,
    ) -> None:
        """Record completions of one subscriber by one script, and note the result of each by its number."""
        subscriber, rendering = group[0].subscriber, group[0].rendering
        for _ in range(RENDERINGS_TRIED):
            try:
                async with waits.step():
                    transitions = await self._on_this_loop()
                    await self._announced()
                    step, done = await transitions.record_many(
                        subscriber,
                        [each.event for each in group],
                        rendering=rendering,
                        traceparent=current_traceparent(),
                        backfill=backfill,
                    )
            except (RedisError, TimeoutError) as error:
                raise self._publisher.not_confirmed("all completions", _of_redis(error)) from error
            if step.rendering is None:
                await self._publish_in_time(transitions, step, waits)
                for each, recorded in zip(group, done, strict=True):
                    results[each.number] = Publication(each.event.event_id, recorded)
                return
            rendering = step.rendering
            self._publisher.renderings.learn(subscriber, rendering)
            group = list(rendered_again(group, rendering, results))
            if not group:
                return
        raise self._publisher.changed_too_often()

    async def _publish_in_time(self, transitions: LoopTransitions, step: "Step", waits: ManyWaits) -> None:
        if seconds := min(PATIENCE_SECONDS, waits.broker_seconds):
            with waits.publishing():
                await self._publish(transitions, step, asyncio.get_running_loop().time() + seconds)
        else:
            await asyncio.to_thread(leave_to_sweep, step, ledger=self._publisher.ledger)

    async def _publish(self, transitions: LoopTransitions, step: "Step", ends: float) -> None:
        """Publish what is left to publish, until a moment of the loop's clock.

        A recorded completion is accepted: the sweep publishes what fails here.
        """
        if not (step.publish or step.wakes):
            return
        app = self._publisher.app
        seconds = max(0.0, ends - asyncio.get_running_loop().time())
        if may_fill_lists(app):
            publishing: asyncio.Future[Any] = asyncio.ensure_future(publish_on_loop(transitions, step))
        else:
            # kombu would block the loop. If the broker hangs, its thread goes on alone, to note that in the ledger.
            with call_limit(seconds):
                publishing = asyncio.ensure_future(asyncio.to_thread(publish, app, step, ledger=self._publisher.ledger))
        await asyncio.wait([publishing], timeout=seconds)

    def _reason(self, error: Exception) -> str:
        return explain(_of_redis(error), self._publisher.server)


def _of_redis(error: Exception) -> RedisError:
    return error if isinstance(error, RedisError) else RedisTimeoutError()


async def _each(events: Iterable[_Given] | AsyncIterable[_Given]) -> AsyncIterator[_Given]:
    if isinstance(events, AsyncIterable):
        async for event in events:
            yield event
    else:
        for event in events:
            yield event
