"""Puts, changes, gets, lists and deletes subscriptions. No call returns a credential."""

from typing import TYPE_CHECKING, Any, TypeVar

from redis.exceptions import RedisError

from lessonhook.config import bare_errors, call_limit, explain, late_replies_limited
from lessonhook.ledger import THE_LMS, Act, InvalidSubscription, Subscription, SubscriptionView
from lessonhook.ledger.subscriptions import FieldsDict
from lessonhook.producer.app import CALL_SECONDS
from lessonhook.producer.errors import PublishFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

    from lessonhook.ledger import Ledger, Step

T = TypeVar("T")


class SubscriptionChanges(FieldsDict, total=False):
    """The fields of a `Subscription` that can be changed, each with the type that may be given."""

    callback_url: str


class Subscriptions:
    """The subscriptions of one Redis. A saved change applies from the next attempt on, also to the backlog.

    It lifts no pause: the next completion does, or a person.

    Each call raises `PublishFailed` within two seconds if Redis does not reply.
    """

    def __init__(
        self,
        ledger: "Callable[[], Ledger]",
        publish: "Callable[[Step], object]",
        server: "Callable[[], str]" = lambda: "Redis",
        call_seconds: "Callable[[], float]" = lambda: CALL_SECONDS,
    ) -> None:
        #: Called and not kept, because the ledger is connected at its first use, and a test may replace it.
        self._ledger = ledger
        self._publish = publish
        #: Names the server in messages.
        self._server = server
        #: How long all that one call waits for may take together.
        self._call_seconds = call_seconds

    @bare_errors
    def put(self, subscription: Subscription, *, by: str = THE_LMS) -> None:
        """Save a subscription in place of the subscriber's former one.

        If the former one was deleted, the events that its lane still holds are sent by the new one.
        `by` is the person who saves it, here and below. The audit keeps the name, `lessonhook audit` shows it.
        """
        with call_limit(self._call_seconds()):
            step = self._replied(lambda: self._ledger().subscriptions.put(subscription, by=by))
            self._publish(step)

    @bare_errors
    def change(
        self, subscriber: str, *, by: str = THE_LMS, **changes: "Unpack[SubscriptionChanges]"
    ) -> SubscriptionView:
        """Save a subscription with some fields changed; all others stay as they are, the credentials too.

        A form therefore need not send a credential that it cannot show. Changes at the same moment are all kept.
        Raises `InvalidSubscription` if a value breaks a rule, or if there is no subscription.
        Warning: changing only the URL sends the saved credentials to the new URL. Ask the user for them again if that
        is a risk.
        """

        def change(saved: Subscription) -> Subscription:
            fields: dict[str, Any] = {name: getattr(saved, name) for name in Subscription.model_fields}
            return Subscription.model_validate({**fields, **changes, "subscriber": subscriber})

        names = ", ".join(sorted(changes))
        with call_limit(self._call_seconds()):
            done = self._replied(
                lambda: self._ledger().subscriptions.change(subscriber, change, by=by, act=Act.CHANGE, changed=names)
            )
            if done is None:
                raise InvalidSubscription({"subscriber": "has no subscription to change: save one with put"})
            changed, step = done
            self._publish(step)
            # As it is stored now, with the dates of its credentials; another process may have removed it since.
            return self.get(subscriber) or changed.view()

    def get(self, subscriber: str) -> SubscriptionView | None:
        """Return a subscription without its credentials, or None if there is none."""
        with call_limit(self._call_seconds()):
            return self._replied(lambda: self._ledger().subscriptions.view(subscriber))

    def list(self) -> list[SubscriptionView]:
        """Return all subscriptions, sorted by subscriber, without their credentials."""
        # As many steps as there are subscriptions.
        with late_replies_limited():
            return self._replied(lambda: list(self._ledger().subscriptions.views()))

    def delete(self, subscriber: str, *, by: str = THE_LMS) -> bool:
        """Remove a subscription and return whether there was one; its undelivered events are kept and not sent."""
        with call_limit(self._call_seconds()):
            return self._replied(lambda: self._ledger().subscriptions.remove(subscriber, by=by))

    def _replied(self, call: "Callable[[], T]") -> "T":
        try:
            return call()
        except RedisError as error:
            raise PublishFailed(f"{explain(error, self._server())}: try again") from error
