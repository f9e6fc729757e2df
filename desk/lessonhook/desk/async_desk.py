"""The desk for an ASGI application: each call waits for Redis in a thread, so that the event loop serves others."""

import asyncio
from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from lessonhook.config import bare_awaited_errors
from lessonhook.desk.all_subscribers import Desk
from lessonhook.ledger import State
from lessonhook.ledger.subscriptions import FORMER_SIGNS_SECONDS

if TYPE_CHECKING:
    from typing import Unpack

    from lessonhook.desk.acts.errand import ErrandRecord
    from lessonhook.desk.one_subscriber import SubscriberDesk
    from lessonhook.desk.views.attempt import AttemptRecord
    from lessonhook.desk.views.event import EventRecord
    from lessonhook.desk.views.event_page import EventPage
    from lessonhook.desk.views.signed_statement import SignedStatement
    from lessonhook.desk.views.state import SubscriberState
    from lessonhook.desk.views.statement import Statement
    from lessonhook.ledger import SubscriptionView
    from lessonhook.ledger.subscriptions import FieldsDict
    from lessonhook.producer import Producer


class AsyncSubscriberDesk:
    """The desk of one subscriber, `AsyncDesk().of("acme")`. Each call does what the one of `SubscriberDesk` does."""

    def __init__(self, desk: "SubscriberDesk") -> None:
        self.subscriber = desk.subscriber
        self._desk = desk

    async def state(self) -> "SubscriberState":
        """Return how it is now, in one word, in a sentence and in figures."""
        return await asyncio.to_thread(self._desk.state)

    async def subscription(self) -> "SubscriptionView":
        """Return its subscription without the credentials."""
        return await asyncio.to_thread(self._desk.subscription)

    async def event_page(
        self,
        *,
        states: Collection[State] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        learner: str | None = None,
        lesson: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> "EventPage":
        """Return some of its events, newest first, and the cursor to the next ones."""
        return await asyncio.to_thread(
            self._desk.event_page,
            states=states,
            since=since,
            until=until,
            learner=learner,
            lesson=lesson,
            after=after,
            limit=limit,
        )

    async def search(self, text: str, *, limit: int = 50) -> "list[EventRecord]":
        """Return its events of which `text` is the id, its beginning, the learner's id or the lesson's."""
        return await asyncio.to_thread(self._desk.search, text, limit=limit)

    async def event(self, event_id: str) -> "EventRecord":
        """Return one of its events."""
        return await asyncio.to_thread(self._desk.event, event_id)

    async def attempts(self, event_id: str) -> "list[AttemptRecord]":
        """Return an event's attempts, oldest first."""
        return await asyncio.to_thread(self._desk.attempts, event_id)

    async def body(self, event_id: str) -> bytes | None:
        """Return the bytes that are sent; None if they are gone."""
        return await asyncio.to_thread(self._desk.body, event_id)

    async def statement(self, first: date, last: date) -> "Statement":
        """Return what was recorded from the first to the last day (UTC), and where those events are now."""
        return await asyncio.to_thread(self._desk.statement, first, last)

    async def signed_statement(self, first: date, last: date, *, with_ids: bool = True) -> "SignedStatement":
        """Return what was recorded and accepted from the first to the last day (UTC), signed for the subscriber."""
        return await asyncio.to_thread(self._desk.statements.signed, first, last, with_ids=with_ids)

    async def sample(self) -> bytes:
        """Return the body of the sample as this subscriber gets it."""
        return await asyncio.to_thread(self._desk.sample)

    async def ask_for_sample(self, *, by: str) -> "ErrandRecord":
        """Have a worker POST the sample to its endpoint."""
        return await asyncio.to_thread(self._desk.ask_for_sample, by=by)

    async def ask_for_replay(self, *event_ids: str, by: str) -> "ErrandRecord":
        """Have a worker send stored events again."""
        return await asyncio.to_thread(self._desk.ask_for_replay, *event_ids, by=by)

    async def errand(self, errand_id: str) -> "ErrandRecord":
        """Return what a worker was asked to POST, and how far it is."""
        return await asyncio.to_thread(self._desk.errand, errand_id)

    @bare_awaited_errors
    async def save(
        self, callback_url: str | None = None, *, by: str, **fields: "Unpack[FieldsDict]"
    ) -> "SubscriptionView":
        """Save its subscription; what is not given stays as it is."""
        return await asyncio.to_thread(self._desk.save, callback_url, by=by, **fields)

    async def rotate_secret(self, *, by: str, former_for_seconds: int = FORMER_SIGNS_SECONDS) -> str:
        """Save a new signing secret and return it; it cannot be read again."""
        return await asyncio.to_thread(self._desk.rotate_secret, by=by, former_for_seconds=former_for_seconds)

    async def remove(self, *, by: str) -> None:
        """Remove its subscription; its undelivered events are kept."""
        await asyncio.to_thread(self._desk.remove, by=by)

    async def pause(self, *, by: str) -> "SubscriberState":
        """Send nothing more until `resume`, and return the state from before."""
        return await asyncio.to_thread(self._desk.pause, by=by)

    async def resume(self, *, by: str) -> "SubscriberState":
        """Lift its pause, and return the state from before."""
        return await asyncio.to_thread(self._desk.resume, by=by)


class AsyncDesk:
    """The desk of all subscribers for an ASGI application: `await AsyncDesk().of("acme").state()`."""

    def __init__(self, producer: "Producer | None" = None) -> None:
        self._desk = Desk(producer)

    def of(self, subscriber: str) -> AsyncSubscriberDesk:
        """Return the desk of one subscriber, which need not exist."""
        return AsyncSubscriberDesk(self._desk.of(subscriber))

    async def subscribers(self) -> list[str]:
        """Return the names of all subscribers with a subscription or undelivered events, sorted."""
        return await asyncio.to_thread(self._desk.subscribers)

    async def states(self) -> "list[SubscriberState]":
        """Return the states of all subscribers, in the order of their names."""
        return await asyncio.to_thread(self._desk.states)

    async def search(self, text: str, *, limit: int = 50) -> "list[EventRecord]":
        """Return the events of any subscriber of which `text` is the id, the learner's id or the lesson's."""
        return await asyncio.to_thread(self._desk.search, text, limit=limit)

    async def close(self) -> None:
        """Close every connection that the desk opened."""
        await asyncio.to_thread(self._desk.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
