"""What a person may see and do about one subscriber."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
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
from lessonhook.desk.errors import BodyGone, NoSubscription, NothingIsPosted
from lessonhook.desk.redis_errors import redis_errors_named
from lessonhook.desk.subscriber_views import SubscriberViews
from lessonhook.desk.views.known import known_lane, saved_subscription
from lessonhook.desk.views.state import SubscriberState
from lessonhook.ledger import Act, State, Subscription, new_signing_secret
from lessonhook.ledger.subscriptions import FORMER_SIGNS_SECONDS
from lessonhook.producer.sample import sample_body

if TYPE_CHECKING:
    from typing import Unpack

    from lessonhook.desk.acts.curl import CurlCommand
    from lessonhook.desk.resources import Resources
    from lessonhook.ledger import SubscriptionView
    from lessonhook.ledger.subscriptions import FieldsDict


@redis_errors_named
class SubscriberDesk(SubscriberViews):
    """The desk of one subscriber, `desk.of("acme")`.

    Making one reads nothing. Calls raise `UnknownSubscriber` or `NoSubscription` if there is none of this name, and
    `LedgerUnavailable` if Redis does not reply.
    """

    def __init__(self, resources: "Resources", subscriber: str) -> None:
        super().__init__(resources, subscriber)
        self.pull_token = PullTokens(self._ledger, subscriber)
        self.backfill = Backfills(resources, subscriber)
        self.statements = Statements(resources, subscriber)

    def send_sample(self) -> SampleResult:
        """POST the sample to its endpoint once, from this process, and return how that ended. Nothing is recorded."""
        return send_sample(self._resources, self._posted_to())

    def ask_for_sample(self, *, by: str) -> ErrandRecord:
        """Have a worker POST the sample to its endpoint; read how it ended by `errand`.

        This process POSTs nothing and needs no HTTP client. `by` is the person who asks. Raises `TooManyPosts`.
        """
        return ask(self._resources, self.subscriber, by=by, sample=sample_body(self._posted_to()))

    def ask_for_replay(self, *event_ids: str, by: str) -> ErrandRecord:
        """Have a worker send stored events again, in the order of completion; read how it ended by `errand`.

        Raises `UnknownEvent`, `UnsendableEvent` and `TooManyPosts` before anything is sent.
        """
        self._posted_to()
        selected = Selection(event_ids=event_ids, subscriber=self.subscriber).choose(self._ledger)
        return ask(self._resources, self.subscriber, by=by, event_ids=[event.event_id for event in selected])

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

    def replace(self, make: Callable[[Subscription | None], Subscription], *, by: str) -> "SubscriptionView":
        """Save, as one step, what `make` returns for the saved subscription, or for None if there is none.

        `make` is called again if somebody else saved it meanwhile. Raises `InvalidSubscription`. `by` is who saves.
        """
        saved, step = self._ledger.subscriptions.replace(self.subscriber, make, by=by)
        self._resources.publish(step)
        return saved.view()

    def curl(self, event_id: str | None = None, *, reveal: bool = False, show_body: bool = False) -> "CurlCommand":
        """Return the curl command that sends what a worker sends: a stored event, or the sample.

        Without `reveal` its secrets are masked, and without `show_body` the body of an event is. The sample's body is
        always shown, because it has no learner's data. Raises `UnknownEvent` and `BodyGone`.
        """
        # It needs the worker's HTTP client, which an LMS that only looks does not have.
        from lessonhook.desk.acts.curl import curl_command  # noqa: PLC0415 - see above

        subscription = self._posted_to()
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
        known_lane(self._ledger, self.subscriber)
        selection = Selection(
            event_ids=event_ids, subscriber=self.subscriber, states=tuple(states), since=since, until=until
        )
        return map(Replayer(self._resources, by).replay, selection.choose(self._ledger))

    def pause(self, *, by: str) -> SubscriberState:
        """Send nothing more until `resume`, and return the state from before. A fresh event does not lift this pause.

        POSTs that are in flight still end. `by` is the person, here and below; the audit keeps the name.
        """
        before = self.state()
        self._resources.publish(self._ledger.pause(self.subscriber, by=by))
        return before

    def resume(self, *, by: str) -> SubscriberState:
        """Lift its pause, also one after used-up attempts, and return the state from before.

        After used-up attempts the oldest undelivered event is sent first, alone; if it is accepted, the others follow.
        """
        before = self.state()
        self._resources.publish(self._ledger.resume(self.subscriber, by=by))
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
        self._resources.publish(done[1])
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
        known_lane(self._ledger, self.subscriber)
        return Dropping(self._resources, self.subscriber, before)

    def erasure(self, learner: str) -> LearnerErasure:
        """Prepare to erase a learner in steps; `learner` is the `user.id` of the completions."""
        known_lane(self._ledger, self.subscriber)
        return LearnerErasure(self._resources, self.subscriber, learner)

    def erase(self, learner: str, *, by: str) -> Erased:
        """Erase a learner from all its events, and return what was found and what can still be read."""
        erasure = self.erasure(learner)
        return erasure.erase(erasure.find(), by=by)

    def _posted_to(self) -> "Subscription":
        """Return its subscription if events are POSTed to it. Raises `NothingIsPosted` if it fetches them."""
        saved = saved_subscription(self._ledger, self.subscriber)
        if not saved.callback_url:
            raise NothingIsPosted(self.subscriber)
        return saved
