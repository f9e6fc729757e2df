"""What a person may see and do about one subscriber."""

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from lessonhook.desk.acts.backfills import Backfills
from lessonhook.desk.acts.drop import Dropping
from lessonhook.desk.acts.erase import Erased, LearnerErasure
from lessonhook.desk.acts.errand import ErrandRecord, ask
from lessonhook.desk.acts.pull_tokens import PullTokens
from lessonhook.desk.acts.replay import Replayer, ReplayResult
from lessonhook.desk.acts.sample_post import SampleResult, new_test_id, send_sample
from lessonhook.desk.acts.selection import Selection
from lessonhook.desk.acts.statements import Statements
from lessonhook.desk.errors import BodyGone, NoSubscription, NothingIsPosted, UnknownErrand, UnknownSubscriber
from lessonhook.desk.redis_errors import redis_errors_named
from lessonhook.desk.views.attempt import AttemptRecord
from lessonhook.desk.views.audit import AuditRecord
from lessonhook.desk.views.event import EventRecord
from lessonhook.desk.views.event_page import EventPage, read_page, search
from lessonhook.desk.views.events import events_of, find_event
from lessonhook.desk.views.quiet import Silences
from lessonhook.desk.views.state import SubscriberState
from lessonhook.desk.views.statement import Statement
from lessonhook.desk.views.workers import unserved_names, unserved_queues
from lessonhook.ledger import Act, Counts, State, Subscription, new_signing_secret, publish
from lessonhook.ledger.subscriptions import FORMER_SIGNS_SECONDS
from lessonhook.producer.sample import sample_body

if TYPE_CHECKING:
    from typing import Unpack

    from lessonhook.desk.acts.curl import CurlCommand
    from lessonhook.desk.resources import Resources
    from lessonhook.ledger import SubscriptionView
    from lessonhook.ledger.subscriptions import FieldsDict


@redis_errors_named
class SubscriberDesk:
    """The desk of one subscriber, `desk.of("acme")`.

    Making one reads nothing. Calls raise `UnknownSubscriber` or `NoSubscription` if there is none of this name, and
    `LedgerUnavailable` if Redis does not reply.
    """

    def __init__(self, resources: "Resources", subscriber: str) -> None:
        self.subscriber = subscriber
        self._resources = resources
        self._ledger = resources.ledger
        self.pull_token = PullTokens(self._ledger, subscriber)
        self.backfill = Backfills(resources, subscriber)
        self.statements = Statements(resources, subscriber)

    def state(self) -> SubscriberState:
        """Return how it is now, in one word, in a sentence and in figures."""
        lane = self._ledger.lanes.status(self.subscriber)
        if not lane.subscribed and not lane.recorded:
            raise UnknownSubscriber(self.subscriber)
        unserved = unserved_queues(self._ledger, self._resources.settings) if lane.queued else []
        return SubscriberState.of(lane, unserved_names(unserved), Silences.read(self._ledger).of(self.subscriber))

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
        self.state()
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
            self.state()
        return [AuditRecord.of(entry) for entry in entries]

    def statement(self, first: date, last: date, *, each: Callable[[EventRecord], object] | None = None) -> Statement:
        """Return what was recorded from the first to the last day (UTC), and where those events are now.

        With `each`, it is called with each event, in no order, and the statement keeps none: a million events are
        counted in bounded memory.
        """
        self.state()
        return Statement.draw_up(self._ledger, self.subscriber, first, last, each)

    def days(self, first: date, last: date) -> dict[date, Counts]:
        """Return the counts of each day (UTC) from the first to the last; days without any are left out."""
        return dict(self._ledger.history.days(self.subscriber, first, last))

    def sample(self) -> bytes:
        """Return the body of the sample as this subscriber gets it, with its options."""
        return sample_body(self._saved())

    def send_sample(self) -> SampleResult:
        """POST the sample to its endpoint once, from this process, and return how that ended. Nothing is recorded."""
        return send_sample(self._resources, self._saved(to_post=True))

    def ask_for_sample(self, *, by: str) -> ErrandRecord:
        """Have a worker POST the sample to its endpoint; read how it ended by `errand`.

        This process POSTs nothing and needs no HTTP client. `by` is the person who asks. Raises `TooManyPosts`.
        """
        return ask(self._resources, self.subscriber, by=by, sample=sample_body(self._saved(to_post=True)))

    def ask_for_replay(self, *event_ids: str, by: str) -> ErrandRecord:
        """Have a worker send stored events again, in the order of completion; read how it ended by `errand`.

        Raises `UnknownEvent`, `UnsendableEvent` and `TooManyPosts` before anything is sent.
        """
        self._saved(to_post=True)
        selected = Selection(event_ids=event_ids, subscriber=self.subscriber).choose(self._ledger)
        return ask(self._resources, self.subscriber, by=by, event_ids=[event.event_id for event in selected])

    def errand(self, errand_id: str) -> ErrandRecord:
        """Return what a worker was asked to POST, and how far it is. Raises `UnknownErrand` after an hour."""
        found = self._ledger.errands.get(self.subscriber, errand_id)
        if found is None:
            raise UnknownErrand(errand_id)
        return ErrandRecord.of(found)

    def save(self, callback_url: str | None = None, *, by: str, **fields: "Unpack[FieldsDict]") -> "SubscriptionView":
        """Save its subscription and return it; what is not given stays as it is, the credentials too.

        The first time, `callback_url` is required. Raises `InvalidSubscription`, whose `problems` name the fields.
        A paused subscriber stays paused: `resume` sends what waits. `by` is the person who saves.
        """
        subscriptions, name = self._resources.producer.subscriptions, self.subscriber
        if self._ledger.subscriptions.document(name) is None:
            subscriptions.put(Subscription(subscriber=name, callback_url=callback_url or "", **fields), by=by)
            return self.subscription()
        if callback_url is None:
            return subscriptions.change(self.subscriber, by=by, **fields)
        return subscriptions.change(self.subscriber, by=by, callback_url=callback_url, **fields)

    def curl(self, event_id: str | None = None, *, reveal: bool = False, show_body: bool = False) -> "CurlCommand":
        """Return the curl command that sends what a worker sends: a stored event, or the sample.

        Without `reveal` its secrets are masked, and without `show_body` the body of an event is. The sample's body is
        always shown, because it has no learner's data. Raises `UnknownEvent` and `BodyGone`.
        """
        # It needs the worker's HTTP client, which an LMS that only looks does not have.
        from lessonhook.desk.acts.curl import curl_command  # noqa: PLC0415 - see above

        subscription = self._saved(to_post=True)
        if event_id is None:
            return curl_command(subscription, new_test_id(), sample_body(subscription), reveal=reveal, show_body=True)
        event, body = self.event(event_id), self.body(event_id)
        if body is None:
            raise BodyGone(event_id, event.state)
        return curl_command(subscription, event_id, body, backfill=event.backfill, reveal=reveal, show_body=show_body)

    def replay(
        self,
        *event_ids: str,
        states: Collection[State] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        by: str,
    ) -> Iterator[ReplayResult]:
        """Send stored events again, from this process, and yield how each ended. `by` is the person who sends.

        Raises `InvalidSelection`, `UnknownEvent` or `UnsendableEvent` before anything is sent.
        """
        self.state()
        selection = Selection(
            event_ids=event_ids, subscriber=self.subscriber, states=tuple(states), since=since, until=until
        )
        return map(Replayer(self._resources, by).replay, selection.choose(self._ledger))

    def pause(self, *, by: str) -> SubscriberState:
        """Send nothing more until `resume`, and return the state from before. A fresh event does not lift this pause.

        POSTs that are in flight still end. `by` is the person, here and below; the audit keeps the name.
        """
        before = self.state()
        publish(self._resources.producer.app, self._ledger.pause(self.subscriber, by=by))
        return before

    def resume(self, *, by: str) -> SubscriberState:
        """Lift its pause, also one after used-up attempts, and return the state from before.

        After used-up attempts the oldest undelivered event is sent first, alone; if it is accepted, the others follow.
        """
        before = self.state()
        publish(self._resources.producer.app, self._ledger.resume(self.subscriber, by=by))
        return before

    def rotate_secret(self, *, by: str, former_for_seconds: int = FORMER_SIGNS_SECONDS) -> str:
        """Save a new signing secret and return it; it cannot be read again.

        The former one signs too for `former_for_seconds`, 0 to 30 days, so that the receiver can change over; 0 ends
        it at once. Raises `InvalidSubscription` for another number.
        """
        secret = new_signing_secret()
        done = self._ledger.subscriptions.change(
            self.subscriber,
            lambda saved: saved.with_rotated_secret(secret, former_for_seconds=former_for_seconds),
            by=by,
            act=Act.ROTATE,
            changed="signing_secret",
        )
        if done is None:
            raise NoSubscription(self.subscriber)
        publish(self._resources.producer.app, done[1])
        return secret

    def keep_link(self, link_id: str, *, for_seconds: int) -> None:
        """Remember a link to its page, which `use_link` accepts once within `for_seconds`."""
        self._ledger.page_links.keep(self.subscriber, link_id, for_seconds=for_seconds)

    def use_link(self, link_id: str) -> bool:
        """Use a link to its page up. Return False if it was used before, has ended or was never made."""
        return self._ledger.page_links.use(self.subscriber, link_id)

    def remove(self, *, by: str) -> None:
        """Remove its subscription. Its undelivered events are kept, and are sent when a subscription is put again."""
        if not self._resources.producer.subscriptions.delete(self.subscriber, by=by):
            raise NoSubscription(self.subscriber)

    def dropping(self, before: datetime | None = None) -> Dropping:
        """Prepare to drop its undelivered events; with `before`, those that were recorded up to then."""
        self.state()
        return Dropping(self._resources, self.subscriber, before)

    def erasure(self, learner: str) -> LearnerErasure:
        """Prepare to erase a learner in steps; `learner` is the `user.id` of the completions."""
        self.state()
        return LearnerErasure(self._resources, self.subscriber, learner)

    def erase(self, learner: str, *, by: str) -> Erased:
        """Erase a learner from all its events, and return what was found and what can still be read."""
        erasure = self.erasure(learner)
        return erasure.erase(erasure.find(), by=by)

    def _saved(self, *, to_post: bool = False) -> "Subscription":
        saved = self._ledger.subscriptions.get(self.subscriber)
        if saved is None or (to_post and not saved.callback_url):
            raise (NothingIsPosted if saved else NoSubscription)(self.subscriber)
        return saved
