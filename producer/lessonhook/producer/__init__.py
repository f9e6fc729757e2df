"""What the LMS imports. Importing it opens no connection, sets no current Celery app and configures no log."""

from lessonhook.ledger import Acknowledgement, InvalidSubscription, Recorded, Subscription, SubscriptionView
from lessonhook.producer.completion_dict import CompletionDict, LessonDict, UserDict
from lessonhook.producer.contract import CompletionEvent, Lesson, User
from lessonhook.producer.errors import InvalidCompletion, PublishFailed
from lessonhook.producer.publication import Publication
from lessonhook.producer.publishing import Producer
from lessonhook.producer.subscriptions import Subscriptions
from lessonhook.producer.task import SendCompletion

__all__ = [
    "Acknowledgement",
    "CompletionDict",
    "CompletionEvent",
    "InvalidCompletion",
    "InvalidSubscription",
    "Lesson",
    "LessonDict",
    "Producer",
    "Publication",
    "PublishFailed",
    "Recorded",
    "Subscription",
    "SubscriptionView",
    "User",
    "UserDict",
    "send_completion",
    "subscriptions",
]

_producer = Producer()
#: The task: `send_completion.delay(event)`.
send_completion: SendCompletion = _producer.send_completion
#: The companies' subscriptions: `subscriptions.put(Subscription(…))`.
subscriptions: Subscriptions = _producer.subscriptions
