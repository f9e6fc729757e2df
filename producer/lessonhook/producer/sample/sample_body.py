"""The body of the sample, rendered like that of every completion."""

from typing import TYPE_CHECKING

from lessonhook.ledger.subscriptions import BodyOptions
from lessonhook.producer.rendering import render
from lessonhook.producer.sample.sample_event import sample_event

if TYPE_CHECKING:
    from lessonhook.ledger import Subscription


def sample_body(subscription: "Subscription | None" = None) -> bytes:
    """Render the sample with the options of a subscription; without one, as the vendor prints it."""
    if subscription is None:
        # The vendor's own sample is of a company that uses external user ids.
        return render(sample_event(), BodyOptions(external_user_ids=True))
    return render(sample_event(subscription.subscriber), subscription)
