"""`send_completion` as the LMS calls it: `.delay()` and `.apply_async()` take an event, and publish its ids."""

from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lessonhook.config import bare_awaited_errors, bare_errors
from lessonhook.producer.completion_dict import CompletionDict
from lessonhook.producer.contract import CompletionEvent
from lessonhook.producer.errors import InvalidCompletion
from lessonhook.producer.many import CheckedMany
from lessonhook.producer.on_commit import send_many_on_commit, send_on_commit
from lessonhook.producer.publication import Publication, Publications

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery
    from lessonhook.producer.loop_publisher import LoopPublisher
    from lessonhook.producer.publisher import Publisher

    class Task:
        """The part of Celery's class that is used. Celery has no types, so a checker would accept any misspelt call."""

        app: LessonhookCelery
        name: str
else:
    from celery import Task


class SendCompletion(Task):
    """The task as the LMS calls it: it takes an event, and a worker in another process delivers it."""

    publisher: "Publisher"
    loop_publisher: "LoopPublisher"

    @bare_errors
    def delay(self, event: CompletionEvent | CompletionDict) -> Publication:
        """Accept a completion for its subscriber's callback URL and return at once; a worker sends it.

        Raises `InvalidCompletion` if a field breaks a rule, before anything is stored. Raises `PublishFailed` within
        two seconds if Redis does not reply.
        """
        return self.publisher.send(event)

    @bare_awaited_errors
    async def adelay(self, event: CompletionEvent | CompletionDict) -> Publication:
        """Accept a completion as `delay` does, from a coroutine: nothing blocks the event loop.

        Raises what `delay` raises. Each call ends within two seconds if Redis does not reply, however many there are.
        Any event loop may call it, and has a connection of its own, which is closed with the loop,
        as `asyncio.run` and ASGI servers close it, or by `aclose`.
        """
        return await self.loop_publisher.send(event)

    @bare_awaited_errors
    async def adelay_many(
        self,
        events: "Iterable[CompletionEvent | CompletionDict] | AsyncIterable[CompletionEvent | CompletionDict]",
    ) -> Publications:
        """Accept many completions as `delay_many` does, from a coroutine; `events` may be an asynchronous iterator.

        It waits no longer than `delay_many` does, and raises the same.
        Other tasks of the loop have a turn after each 32 completions that are checked. A plain iterator that waits,
        such as one over a blocking database, holds up the loop: give `delay_many` a thread then.
        """
        return await self.loop_publisher.send_many(events)

    async def aclose(self) -> None:
        """Close the connection that `adelay` opened for the running event loop. The next use opens a new one."""
        await self.loop_publisher.close()

    @bare_errors
    def delay_many(self, events: Iterable[CompletionEvent | CompletionDict]) -> Publications:
        """Accept many completions, such as an import of a department, and return how many there were of each result.

        Each is checked before any is stored: `InvalidCompletions` names all that break a rule, by their place in the
        input. They are recorded some at a time, of one subscriber together, in their order. If Redis does not reply, or
        its late replies take more than some ten seconds together (six times what `delay` may take),
        `PartlyPublished`, a `PublishFailed`, says how many are surely recorded; make the same call again. A broker that
        is as late is not waited for any more, and a worker publishes the messages: their completions are accepted.
        Memory stays bounded for an iterator of any length: what is waiting is in a temporary file, which only this user
        can read and which is deleted.
        """
        return CheckedMany(self.publisher, events).publish()

    @bare_errors
    def backfill(self, events: Iterable[CompletionEvent | CompletionDict]) -> Publications:
        """Accept completions from before the subscription began, which are told after all others and at a pace.

        They are checked and recorded as by `delay_many`, with the same errors, and may be given again: what the ledger
        knows already is a duplicate. Each POST of one has the header `webhook-backfill: true`. One is sent only while
        nothing live of its subscriber waits, one at a time and at most `backfill_per_second`. It lifts no pause.
        `lessonhook backfill` stops them, lets them go on, and counts them.
        """
        return CheckedMany(self.publisher, events, backfill=True).publish()

    @bare_awaited_errors
    async def abackfill(
        self,
        events: "Iterable[CompletionEvent | CompletionDict] | AsyncIterable[CompletionEvent | CompletionDict]",
    ) -> Publications:
        """Accept completions of the past as `backfill` does, from a coroutine; see `adelay_many` for iterators."""
        return await self.loop_publisher.send_many(events, backfill=True)

    @bare_errors
    def delay_many_on_commit(
        self, events: Iterable[CompletionEvent | CompletionDict], *, using: str | None = None
    ) -> int:
        """Send many completions when Django's transaction is committed, as `delay_on_commit` does; return how many.

        Raises `InvalidCompletions` now if any breaks a rule.
        """
        return send_many_on_commit(self.publisher, events, using)

    @bare_errors
    def delay_on_commit(self, event: CompletionEvent | CompletionDict, *, using: str | None = None) -> str:
        """Send a completion when Django's transaction is committed, and not at all if it is rolled back.

        `using` names the database, as in `transaction.on_commit`. Outside a transaction it is sent at once. Returns the
        event's id. Raises `InvalidCompletion` now if a field breaks a rule. A publish that fails after the commit
        raises nothing in the view and is logged as `publish.failed`: keep an outbox, or publish the completion again.
        """
        return send_on_commit(self.publisher, event, using)

    @bare_errors
    def apply_async(
        self,
        args: "Sequence[CompletionEvent | CompletionDict] | None" = None,
        kwargs: Mapping[str, Any] | None = None,
        task_id: str | None = None,
        **options: None,
    ) -> Publication:
        """Send a completion as `delay` does; `task_id`, if given, is the event's id.

        Celery's other options are refused, because the lane decides delay, expiry and routing. An option that is
        accepted and then ignored would mislead the caller.
        """
        given: Mapping[str, object] = options
        refused = sorted(name for name, value in given.items() if value is not None)
        if refused:
            raise InvalidCompletion(dict.fromkeys(refused, "can't be set: the lane decides when and where"))
        return self.publisher.send(_the_event(args, kwargs), task_id)


def _the_event(args: Sequence[Any] | None, kwargs: Mapping[str, Any] | None) -> CompletionEvent | CompletionDict:
    given = [*(args or ()), *(kwargs or {}).values()]
    if len(given) != 1 or set(kwargs or {}) - {"event"}:
        raise InvalidCompletion({"send_completion": "takes one argument, the event"})
    event: CompletionEvent | CompletionDict = given[0]
    return event
