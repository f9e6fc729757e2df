"""The subscriptions of an LMS's customers: put, get, list, delete. Credentials go in and never come out."""

from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from redis.exceptions import RedisError

from lessonhook.ledger import Acknowledgement, InvalidSubscription, Subscription, SubscriptionView, publish
from lessonhook.producer.errors import PublishFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

    from pydantic import SecretStr

    from lessonhook.producer.publishing import Producer


T = TypeVar("T")


class SubscriptionChanges(TypedDict, total=False):
    """The fields of a `Subscription` that can be changed, each with what may be written there."""

    callback_url: str
    authorization: "str | SecretStr | None"
    signing_secret: "str | SecretStr | None"
    previous_signing_secret: "str | SecretStr | None"
    external_user_ids: bool
    numeric_ids: bool
    deprecated_score: bool
    max_in_flight: int | None
    max_per_second: float | None
    acknowledgement: Acknowledgement | None


class Subscriptions:
    """What is saved here is used from the next attempt on: a corrected token cures the backlog.

    Each call raises `PublishFailed` within two seconds if Redis does not answer.
    """

    def __init__(self, producer: "Producer") -> None:
        self._producer = producer

    def put(self, subscription: Subscription) -> None:
        """Save a subscription, in place of the subscriber's former one; held events of a removed one go on."""
        step = _answered(lambda: self._producer.ledger.put_subscription(subscription))
        publish(self._producer.app, step)

    def change(self, subscriber: str, **changes: "Unpack[SubscriptionChanges]") -> SubscriptionView:
        """Save a subscription with some fields changed; all others stay as they are, the credentials too.

        So a form need not hand over again what it can't show. Raises `InvalidSubscription` for a wrong value, and where
        there is no subscription. Whoever changes the URL has the saved credentials sent to the new one: ask for them
        anew where that matters.
        """
        saved = _answered(lambda: self._producer.ledger.subscription(subscriber))
        if saved is None:
            raise InvalidSubscription({"subscriber": "has no subscription that could be changed"})
        fields: dict[str, Any] = {name: getattr(saved, name) for name in Subscription.model_fields}
        changed = Subscription.model_validate({**fields, **changes, "subscriber": subscriber})
        self.put(changed)
        return changed.view()

    def get(self, subscriber: str) -> SubscriptionView | None:
        """Read a subscription, without its credentials; None if there is none."""
        subscription = _answered(lambda: self._producer.ledger.subscription(subscriber))
        return subscription.view() if subscription else None

    def list(self) -> list[SubscriptionView]:
        """Read them all, by subscriber, without their credentials."""
        return [view for name in _answered(self._producer.ledger.subscribers) if (view := self.get(name))]

    def delete(self, subscriber: str) -> bool:
        """Remove a subscription and answer whether there was one; what its lane holds is kept and stands still."""
        return _answered(lambda: self._producer.ledger.unsubscribe(subscriber))


def _answered(call: "Callable[[], T]") -> "T":
    try:
        return call()
    except RedisError as error:
        raise PublishFailed(f"Redis did not answer ({type(error).__name__}): try again") from error
