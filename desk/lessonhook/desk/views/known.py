"""The subscriber that a view or an act is about: its lane and its subscription, or the error that it has none."""

from typing import TYPE_CHECKING

from lessonhook.desk.errors import NoSubscription, UnknownSubscriber

if TYPE_CHECKING:
    from lessonhook.ledger import LaneStatus, Ledger, Subscription


def known_lane(ledger: "Ledger", subscriber: str) -> "LaneStatus":
    """Return a subscriber's lane. Raises `UnknownSubscriber` if it has no subscription and never had an event."""
    lane = ledger.lanes.status(subscriber)
    if not lane.subscribed and not lane.recorded:
        raise UnknownSubscriber(subscriber)
    return lane


def saved_subscription(ledger: "Ledger", subscriber: str) -> "Subscription":
    """Return a subscription with its credentials. Raises `NoSubscription`."""
    if saved := ledger.subscriptions.get(subscriber):
        return saved
    raise NoSubscription(subscriber)
