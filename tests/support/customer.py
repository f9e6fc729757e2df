"""A company that is told of completions: its subscription, its endpoint, and what both ends know of its events."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from lessonhook.ledger import LaneStatus, State
from lessonhook.producer import CompletionEvent, Lesson, Producer, Recorded, Subscription, User
from tests.support.broker_view import BrokerView
from tests.support.exchange import Post, Script
from tests.support.receiver import Receiver
from tests.support.waiting import wait_until

_FIRST_COMPLETED = datetime(2026, 3, 1, 12, tzinfo=UTC)
#: A bound for a hang. Nothing that a test waits for takes more than a second or two.
_PATIENCE_SECONDS = 30.0


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

    def leave(self) -> None:
        """Remove the subscription: the lane stands still."""
        self._producer.subscriptions.delete(self.name)

    def answer(self, *scripts: Script) -> None:
        """Let the endpoint answer the next requests with these, one each; the last one stays."""
        self._receiver.answer(self.path, *scripts)

    def release(self) -> None:
        """Let the endpoint answer what hangs."""
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
        """Publish one completion and answer its event id."""
        publication = self._producer.send_completion.delay(self.completion(learner, **fields))
        assert publication.outcome in {Recorded.QUEUED, Recorded.HELD}
        return publication.id

    def publish_many(self, count: int) -> list[str]:
        """Publish completions of so many learners, and answer their event ids."""
        return [self.publish() for _ in range(count)]

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
        """How many POSTs the endpoint has not answered yet."""
        return self._receiver.in_flight(self.path)

    @property
    def most_in_flight(self) -> int:
        """The highest that `in_flight` ever was."""
        return self._receiver.most_in_flight(self.path)

    @property
    def status(self) -> LaneStatus:
        """The lane as a person sees it."""
        return self._producer.ledger.status(self.name)

    def state(self, event_id: str) -> State:
        """Answer where an event is."""
        return State(self._producer.ledger.inspect_event(self.name, event_id)["state"])

    def attempts(self, event_id: str) -> int:
        """Answer how many attempts an event has made in its count, as the ledger has it."""
        return int(self._producer.ledger.inspect_event(self.name, event_id).get("n", 0))

    def wait_for_posts(self, count: int) -> list[Post]:
        """Wait until so many POSTs have arrived; answer all that have."""
        return self._receiver.wait_for(count, self.path, seconds=_PATIENCE_SECONDS)

    def wait_for(self, **facts: Any) -> LaneStatus:
        """Wait until the lane's status has these values; `paused=True` stands for any pause."""

        def as_wanted() -> list[LaneStatus]:
            status = self.status
            seen = {name: _seen(getattr(status, name)) for name in facts}
            return [status] if seen == facts else []

        [status] = wait_until(as_wanted, _PATIENCE_SECONDS, lambda: f"{facts} of {self.name}; it is {self.status}")
        return status

    def wait_until_quiet(self) -> None:
        """Wait until nothing is on its way: no message, no countdown. From then on, nothing goes by itself."""
        wait_until(
            lambda: not self._broker.messages(self.name),
            _PATIENCE_SECONDS,
            lambda: f"quiet; on the way is {self._broker.messages(self.name)}",
        )


def _seen(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str)) else True
