"""A company that is told of completions: its subscription, its endpoint, and what both ends know of its events."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

from lessonhook.console.processes import wait_until
from lessonhook.ledger import LaneStatus, Ledger, State
from lessonhook.producer import CompletionEvent, Lesson, Producer, Recorded, Subscription, User
from tests.support.endpoints.exchange import ACCEPTED, Post, Response, Script
from tests.support.endpoints.receiver import Receiver
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.stored_fields import event_fields
from tests.support.servers.broker_view import BrokerView

_FIRST_COMPLETED = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Customer:
    """One subscriber, from `.delay()` to its endpoint."""

    def __init__(
        self, name: str, producer: Producer, receiver: Receiver, broker: BrokerView, options: Mapping[str, Any]
    ) -> None:
        self.name = name
        self.path = f"/{name}"
        self._producer = producer
        self._receiver = receiver
        self._broker = broker
        self._numbers = itertools.count(1)
        self.subscribe(**options)

    def subscribe(self, **options: Any) -> None:
        """Save the subscription, in place of the one before."""
        given = {"callback_url": self._receiver.url(self.path), **options}
        self._producer.subscriptions.put(Subscription(subscriber=self.name, **given))

    def subscribe_where_allowed(self, network: str, **options: Any) -> None:
        """Save the subscription as an LMS does that allows a private network, which the workers of the test do not."""
        ledger = self._producer.ledger
        allowing = Ledger(ledger.redis, ledger.policy, ledger.vault, allowed_networks=(ip_network(network),))
        allowing.subscriptions.put(Subscription(subscriber=self.name, **options))

    def leave(self) -> None:
        """Remove the subscription: the lane stands still."""
        self._producer.subscriptions.delete(self.name)

    def respond(self, *scripts: Script) -> None:
        """Let the endpoint respond to the next requests with these, one each; the last one stays."""
        self._receiver.respond(self.path, *scripts)

    def release(self) -> None:
        """Let the endpoint respond to what hangs."""
        self._receiver.release(self.path)

    def completion(self, learner: str | None = None, **fields: Any) -> CompletionEvent:
        """Make a completion: by a learner of its own, a second after the one before, unless the test says more."""
        number = next(self._numbers)
        given = {
            "user": User(id=learner or f"learner-{number}", name=f"Learner {number}", email=f"l{number}@example.com"),
            "lesson": Lesson(id="1000", title="Fire Safety"),
            "completed_at": _FIRST_COMPLETED + timedelta(seconds=number),
            **fields,
        }
        return CompletionEvent(subscriber=self.name, **given)

    def publish(self, learner: str | None = None, **fields: Any) -> str:
        """Publish one completion and return its event id."""
        publication = self._producer.send_completion.delay(self.completion(learner, **fields))
        assert publication.recorded in {Recorded.QUEUED, Recorded.HELD}
        return publication.id

    def publish_many(self, count: int) -> list[str]:
        """Publish completions of so many learners, and return their event ids."""
        return [self.publish() for _ in range(count)]

    def backfill(self, count: int) -> list[str]:
        """Hand over completions of the past of so many learners, and return their event ids."""
        past = [self.completion(event_id=f"{self.name}-past-{number}") for number in range(count)]
        done = self._producer.send_completion.backfill(iter(past))
        assert (done.total, done.counts.get(Recorded.DUPLICATE, 0)) == (count, 0)
        return [event.event_id or "" for event in past]

    def publish_one_that_is_refused(self, event_id: str) -> str:
        """Publish an event that the endpoint refuses each time, and another one that it accepts meanwhile.

        Return the other one's id. It is held behind the refused one's second attempt, in the only slot, and goes the
        moment that this attempt has failed. Then the refused one's last failure follows a success.
        """

        def refuse_one(post: Post) -> Response:
            if post.header("webhook-id") != event_id:
                return ACCEPTED
            return Response(status=422, hangs=self.arrived.count(event_id) == 2)

        self.respond(refuse_one)
        self.publish(event_id=event_id)
        self.wait_for_posts(2)
        other = self.publish()
        self.release()
        return other

    @property
    def posts(self) -> list[Post]:
        """What arrived at the endpoint, oldest first."""
        return self._receiver.posts_to(self.path)

    @property
    def arrived(self) -> list[str]:
        """The event ids of what arrived, one for each POST, oldest first."""
        return [post.header("webhook-id") for post in self.posts]

    @property
    def in_flight(self) -> int:
        """How many POSTs the endpoint has not responded to yet."""
        return self._receiver.in_flight(self.path)

    @property
    def most_in_flight(self) -> int:
        """The highest that `in_flight` ever was."""
        return self._receiver.most_in_flight(self.path)

    @property
    def status(self) -> LaneStatus:
        """The lane as a person sees it."""
        return self._producer.ledger.lanes.status(self.name)

    def state(self, event_id: str) -> State:
        """Return where an event is."""
        return State(event_fields(self._producer.ledger, self.name, event_id)["state"])

    def attempts(self, event_id: str) -> int:
        """Return how many attempts an event has made in its count, as the ledger has it."""
        return int(event_fields(self._producer.ledger, self.name, event_id).get("failed_attempts", 0))

    def wait_for_posts(self, count: int) -> list[Post]:
        """Wait until so many POSTs have arrived; return all that have."""
        return self._receiver.wait_for(count, self.path, seconds=PATIENCE_SECONDS)

    def wait_for(self, **facts: Any) -> LaneStatus:
        """Wait until the lane's status has these values; `paused=True` stands for any pause."""

        def as_wanted() -> list[LaneStatus]:
            status = self.status
            seen = {name: _seen(getattr(status, name)) for name in facts}
            return [status] if seen == facts else []

        [status] = wait_until(as_wanted, PATIENCE_SECONDS, lambda: f"{facts} of {self.name}; it is {self.status}")
        return status

    def wait_until_quiet(self) -> None:
        """Wait until nothing is on its way: no message, no countdown. From then on, nothing goes by itself."""
        wait_until(
            lambda: not self._broker.messages(self.name),
            PATIENCE_SECONDS,
            lambda: f"quiet; on the way is {self._broker.messages(self.name)}",
        )


def _seen(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str)) else True
