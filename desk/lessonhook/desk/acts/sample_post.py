"""One POST of the sample to a subscriber's endpoint. The ledger is not told of it."""

import uuid
from typing import TYPE_CHECKING

from lessonhook.desk.views.document import Document
from lessonhook.desk.words.masking import masked_url
from lessonhook.desk.words.outcomes import advice, outcome_words
from lessonhook.ledger import TEST_PREFIX, Kind
from lessonhook.producer.sample import sample_body

if TYPE_CHECKING:
    from lessonhook.desk.resources import Resources
    from lessonhook.ledger import Subscription


class SampleResult(Document):
    """How the POST of the sample ended."""

    webhook_id: str
    #: Where it went, with the values of the query masked.
    callback_url: str
    accepted: bool
    reason: str
    #: The HTTP status; None if no response came.
    status: int | None
    seconds: float
    words: str
    #: What may help; None if it was accepted, or if `words` says it already.
    advice: str | None
    #: The first bytes of the response, credentials masked.
    response: str


def new_test_id() -> str:
    """Return a new `webhook-id` for one test: a receiver that drops repeats accepts the next test too."""
    return f"{TEST_PREFIX}{uuid.uuid4()}"


def send_sample(resources: "Resources", subscription: "Subscription") -> SampleResult:
    """POST the sample once, paused or not, and return how it ended."""
    webhook_id = new_test_id()
    outcome = resources.post(subscription, webhook_id, sample_body(subscription))
    return SampleResult(
        webhook_id=webhook_id,
        callback_url=masked_url(subscription.callback_url),
        accepted=outcome.kind is Kind.ACCEPTED,
        reason=outcome.reason,
        status=outcome.status,
        seconds=round(outcome.seconds, 6),
        words=outcome_words(outcome),
        advice=advice(outcome),
        response=outcome.response,
    )
