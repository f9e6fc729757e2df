"""Everything that an LMS imports. The import opens no connection, sets no current Celery app and configures no log."""

from lessonhook.config import InvalidSettings, LessonhookError, Settings
from lessonhook.ledger import (
    Acknowledgement,
    InvalidSubscription,
    LateCompletions,
    Notice,
    NoticeKind,
    Recorded,
    Subscription,
    SubscriptionView,
    noticed,
)
from lessonhook.ledger.subscriptions import Token
from lessonhook.producer.completion_dict import CompletionDict, LessonDict, UserDict
from lessonhook.producer.contract import CompletionEvent, Lesson, User
from lessonhook.producer.errors import InvalidCompletion, InvalidCompletions, PartlyPublished, PublishFailed
from lessonhook.producer.producer import Producer
from lessonhook.producer.publication import Publication, Publications
from lessonhook.producer.subscriptions import Subscriptions
from lessonhook.producer.task import SendCompletion

__all__ = [
    "Acknowledgement",
    "CompletionDict",
    "CompletionEvent",
    "InvalidCompletion",
    "InvalidCompletions",
    "InvalidSettings",
    "InvalidSubscription",
    "LateCompletions",
    "Lesson",
    "LessonDict",
    "LessonhookError",
    "Notice",
    "NoticeKind",
    "PartlyPublished",
    "Producer",
    "Publication",
    "Publications",
    "PublishFailed",
    "Recorded",
    "SendCompletion",
    "Settings",
    "Subscription",
    "SubscriptionView",
    "Subscriptions",
    "Token",
    "User",
    "UserDict",
    "noticed",
    "send_completion",
    "subscriptions",
]

_producer = Producer()
#: The task: `send_completion.delay(event)`.
send_completion: SendCompletion = _producer.send_completion
#: The subscriptions: `subscriptions.put(Subscription(…))`.
subscriptions: Subscriptions = _producer.subscriptions
