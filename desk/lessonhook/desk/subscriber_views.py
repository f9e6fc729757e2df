"""What a person may see of one subscriber."""

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from lessonhook.desk.acts.errand import ErrandRecord, LastTry
from lessonhook.desk.errors import NoSubscription, UnknownErrand
from lessonhook.desk.redis_errors import redis_errors_named
from lessonhook.desk.views.attempt import AttemptRecord
from lessonhook.desk.views.audit import AuditRecord
from lessonhook.desk.views.event import EventRecord
from lessonhook.desk.views.event_page import EventPage, read_page, search
from lessonhook.desk.views.events import events_of, find_event
from lessonhook.desk.views.known import known_lane, saved_subscription
from lessonhook.desk.views.quiet import QuietNow
from lessonhook.desk.views.state import SubscriberState
from lessonhook.desk.views.statement import Statement
from lessonhook.desk.views.workers import unserved_names, unserved_queues
from lessonhook.ledger import Counts, State
from lessonhook.producer.sample import sample_body

if TYPE_CHECKING:
    from lessonhook.desk.resources import Resources
    from lessonhook.ledger import EventGlance, SubscriptionView


@redis_errors_named
class SubscriberViews:
    """The part of `SubscriberDesk` that only reads."""

    def __init__(self, resources: "Resources", subscriber: str) -> None:
        self.subscriber = subscriber
        self._resources = resources
        self._ledger = resources.ledger

    def state(self) -> SubscriberState:
        """Return how it is now, in one word, in a sentence and in figures."""
        lane = known_lane(self._ledger, self.subscriber)
        unserved = unserved_queues(self._ledger, self._resources.settings) if lane.queued else []
        quiet = QuietNow.read(self._ledger).of(self.subscriber)
        ends = self._ledger.subscriptions.certificate_ends([self.subscriber]).get(self.subscriber)
        return SubscriberState.of(lane, unserved_names(unserved), quiet, ends)

    def subscription(self) -> "SubscriptionView":
        """Return its subscription without the credentials."""
        if view := self._ledger.subscriptions.view(self.subscriber):
            return view
        raise NoSubscription(self.subscriber)

    def events(
        self,
        *,
        states: Collection[State] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        learner: str | None = None,
        lesson: str | None = None,
    ) -> Iterator[EventRecord]:
        """Return its events, newest first: closed ones by when they were closed, open ones by their record.

        They are read as the iterator is read, some hundreds at a time. `since` and `until` belong to the window.
        With a learner or a lesson, the order and the window are by the time of recording.
        """
        known_lane(self._ledger, self.subscriber)
        return events_of(self._ledger, self.subscriber, states, since, until, learner=learner, lesson=lesson)

    def event_page(
        self,
        *,
        states: Collection[State] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        learner: str | None = None,
        lesson: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> EventPage:
        """Return at most `limit` (200 at most) of its events, newest first, and the cursor to the next ones.

        `learner` and `lesson` are the `user.id` and `lesson.id` of the completions; with one of them, `since`, `until`
        and the order are by the time of recording. `after` is the `next` of the page before. Raises `InvalidCursor`.
        """
        return read_page(
            self._ledger,
            self.subscriber,
            states=states,
            since=since,
            until=until,
            learner=learner,
            lesson=lesson,
            after=after,
            limit=limit,
        )

    def search(self, text: str, *, limit: int = 50) -> list[EventRecord]:
        """Return its events, newest first: by the learner's or lesson's id, or four characters of the event's own."""
        return search(self._ledger, self.subscriber, text, limit=limit)

    def event(self, event_id: str) -> EventRecord:
        """Return one of its events. Raises `UnknownEvent`."""
        return find_event(self._ledger, event_id, self.subscriber)

    def attempts(self, event_id: str) -> list[AttemptRecord]:
        """Return an event's attempts, oldest first; of an event with many, the last twenty."""
        return [AttemptRecord.of(attempt) for attempt in self._ledger.events.attempts(self.subscriber, event_id)]

    def body(self, event_id: str) -> bytes | None:
        """Return the bytes that are sent: a learner's name, e-mail and result. None if they are gone."""
        return self._ledger.events.body(self.subscriber, event_id)

    def audit(self, *, at_most: int = 100) -> list[AuditRecord]:
        """Return who did what to it, the newest first. A removed subscriber's trail can still be read."""
        entries = self._ledger.audit.of(self.subscriber, at_most=at_most)
        if not entries:
            known_lane(self._ledger, self.subscriber)
        return [AuditRecord.of(entry) for entry in entries]

    def statement(
        self,
        first: date,
        last: date,
        *,
        each: Callable[[EventRecord], object] | None = None,
        each_glance: "Callable[[EventGlance], object] | None" = None,
    ) -> Statement:
        """Return what was recorded from the first to the last day (UTC), and where those events are now.

        With `each`, it is called with each event, in no order, and the statement keeps none: a million events are
        counted in bounded memory. `each_glance` is the same with the state and the times of an event only, which is
        several times faster.
        """
        known_lane(self._ledger, self.subscriber)
        return Statement.draw_up(self._ledger, self.subscriber, first, last, each=each, each_glance=each_glance)

    def days(self, first: date, last: date) -> dict[date, Counts]:
        """Return the counts of each day (UTC) from the first to the last; days without any are left out."""
        return dict(self._ledger.history.days(self.subscriber, first, last))

    def sample(self) -> bytes:
        """Return the body of the sample as this subscriber gets it, with its options."""
        return sample_body(saved_subscription(self._ledger, self.subscriber))

    def last_try(self) -> LastTry | None:
        """Return how the last try of the sample by a worker ended; None if its present endpoint was not tried."""
        subscription = self._ledger.subscriptions.get(self.subscriber)
        found = self._ledger.tries.last(subscription) if subscription else None
        return LastTry.of(found) if found else None

    def errand(self, errand_id: str) -> ErrandRecord:
        """Return what a worker was asked to POST, and how far it is. Raises `UnknownErrand` after an hour."""
        found = self._ledger.errands.get(self.subscriber, errand_id)
        if found is None:
            raise UnknownErrand(errand_id)
        return ErrandRecord.of(found)
