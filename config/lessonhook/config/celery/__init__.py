"""All that bends Celery and kombu: the application, the broker's URL, the pools, the connections to Redis."""

from lessonhook.config.celery.broker_errors import BROKER_ERRORS
from lessonhook.config.celery.broker_url import InvalidBroker, broker_of
from lessonhook.config.celery.lessonhook_celery import (
    BROKER_KEY_PREFIX,
    COMPLETIONS,
    ERRAND_TASK_NAME,
    RETRIES,
    TASK_NAME,
    LessonhookCelery,
    celery_defaults,
)
from lessonhook.config.celery.message_guard import MESSAGE_LIMIT_BYTES, is_of_the_connection, log_dropped
from lessonhook.config.celery.pools import OwnPoolsAMQP
from lessonhook.config.celery.publisher_connection import PublisherAMQP
from lessonhook.config.celery.reused_connection import send_again_if_reused
from lessonhook.config.celery.worker_connection import MendedAMQP, MendedConnection

__all__ = [
    "BROKER_ERRORS",
    "BROKER_KEY_PREFIX",
    "COMPLETIONS",
    "ERRAND_TASK_NAME",
    "MESSAGE_LIMIT_BYTES",
    "RETRIES",
    "TASK_NAME",
    "InvalidBroker",
    "LessonhookCelery",
    "MendedAMQP",
    "MendedConnection",
    "OwnPoolsAMQP",
    "PublisherAMQP",
    "broker_of",
    "celery_defaults",
    "is_of_the_connection",
    "log_dropped",
    "send_again_if_reused",
]
