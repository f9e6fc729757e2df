"""What everything else is configured by: settings, the Celery application, the log."""

from lessonhook.config.app import BROKER_KEY_PREFIX, COMPLETIONS, RETRIES, TASK_NAME, LessonhookCelery, celery_defaults
from lessonhook.config.broker import InvalidBroker, broker_of
from lessonhook.config.errors import InvalidSettings, LessonhookError
from lessonhook.config.kept_client import KeptClientChannel, PublisherAMQP
from lessonhook.config.log import configure_logging
from lessonhook.config.made_once import made_once
from lessonhook.config.pools import OwnPoolsAMQP
from lessonhook.config.settings import LogFormat, Settings, get_settings, read_settings, unknown_variables

__all__ = [
    "BROKER_KEY_PREFIX",
    "COMPLETIONS",
    "RETRIES",
    "TASK_NAME",
    "InvalidBroker",
    "InvalidSettings",
    "KeptClientChannel",
    "LessonhookCelery",
    "LessonhookError",
    "LogFormat",
    "OwnPoolsAMQP",
    "PublisherAMQP",
    "Settings",
    "broker_of",
    "celery_defaults",
    "configure_logging",
    "get_settings",
    "made_once",
    "read_settings",
    "unknown_variables",
]
