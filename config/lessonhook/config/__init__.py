"""The base of all rooms: the settings, the Celery application, the errors' root and the log."""

from lessonhook.config.bare_errors import bare_awaited_errors, bare_errors
from lessonhook.config.bounded_server import BoundedServer
from lessonhook.config.call_limit import (
    Lateness,
    call_limit,
    each_in_time,
    late_replies_limited,
    time_left,
    try_again_in_time,
    with_at_least,
)
from lessonhook.config.celery import (
    BROKER_KEY_PREFIX,
    COMPLETIONS,
    ERRAND_TASK_NAME,
    RETRIES,
    TASK_NAME,
    InvalidBroker,
    LessonhookCelery,
    MendedAMQP,
    OwnPoolsAMQP,
    PublisherAMQP,
    broker_of,
    celery_defaults,
)
from lessonhook.config.environment import everyday_settings, get_settings, meant_by, read_settings, unknown_variables
from lessonhook.config.errors import InvalidSettings, LessonhookError
from lessonhook.config.host_names import Host, read_host
from lessonhook.config.limited_connection import LimitedPool, asked_once, limited
from lessonhook.config.log import configure_logging
from lessonhook.config.made_once import made_once
from lessonhook.config.moments import to_the_minute
from lessonhook.config.name_lookup import addresses_on_loop
from lessonhook.config.open_connections import drop_connections, note_open
from lessonhook.config.redis_url import RedisUrl, server_of, split_urls
from lessonhook.config.refusals import (
    OLDEST_REDIS,
    ServerRefusal,
    closed_by_refusals,
    code_of,
    explain,
    is_too_old,
    raise_if_of_the_server,
    refusal_in,
)
from lessonhook.config.rules_in_words import broken, in_words
from lessonhook.config.settings import LogFormat, Settings
from lessonhook.config.shortages import shortage_in, shortage_now
from lessonhook.config.user_agent import USER_AGENT
from lessonhook.config.visible import visible, visible_lines

__all__ = [
    "BROKER_KEY_PREFIX",
    "COMPLETIONS",
    "ERRAND_TASK_NAME",
    "OLDEST_REDIS",
    "RETRIES",
    "TASK_NAME",
    "USER_AGENT",
    "BoundedServer",
    "Host",
    "InvalidBroker",
    "InvalidSettings",
    "Lateness",
    "LessonhookCelery",
    "LessonhookError",
    "LimitedPool",
    "LogFormat",
    "MendedAMQP",
    "OwnPoolsAMQP",
    "PublisherAMQP",
    "RedisUrl",
    "ServerRefusal",
    "Settings",
    "addresses_on_loop",
    "asked_once",
    "bare_awaited_errors",
    "bare_errors",
    "broken",
    "broker_of",
    "call_limit",
    "celery_defaults",
    "closed_by_refusals",
    "code_of",
    "configure_logging",
    "drop_connections",
    "each_in_time",
    "everyday_settings",
    "explain",
    "get_settings",
    "in_words",
    "is_too_old",
    "late_replies_limited",
    "limited",
    "made_once",
    "meant_by",
    "note_open",
    "raise_if_of_the_server",
    "read_host",
    "read_settings",
    "refusal_in",
    "server_of",
    "shortage_in",
    "shortage_now",
    "split_urls",
    "time_left",
    "to_the_minute",
    "try_again_in_time",
    "unknown_variables",
    "visible",
    "visible_lines",
    "with_at_least",
]
