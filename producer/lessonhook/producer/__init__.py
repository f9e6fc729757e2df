"""What the LMS imports. Importing it opens no connection, sets no current Celery app and configures no log."""

from lessonhook.ledger import InvalidSubscription, Recorded, Subscription, SubscriptionView
from lessonhook.producer.contract import CompletionEvent, Lesson, User
from lessonhook.producer.errors import InvalidCompletion, PublishFailed
from lessonhook.producer.publication import Publication
from lessonhook.producer.publishing import Producer

__all__ = [
    "CompletionEvent",
    "InvalidCompletion",
    "InvalidSubscription",
    "Lesson",
    "Producer",
    "Publication",
    "PublishFailed",
    "Recorded",
    "Subscription",
    "SubscriptionView",
    "User",
    "send_completion",
    "subscriptions",
]

_producer = Producer()
#: The task: `send_completion.delay(event)`.
send_completion = _producer.send_completion
#: The companies' subscriptions: `subscriptions.put(Subscription(…))`.
subscriptions = _producer.subscriptions
