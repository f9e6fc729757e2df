"""Refuses to start a worker that could not deliver with its settings, because it would look ready.

Celery's command line shows a UsageError in one line, and any other error with a traceback.
"""

from contextlib import suppress
from typing import Final

from click import UsageError
from redis.exceptions import RedisError

from lessonhook.config import (
    OLDEST_REDIS,
    InvalidSettings,
    LessonhookError,
    Settings,
    broker_of,
    get_settings,
    server_of,
)
from lessonhook.ledger import Ledger, Vault
from lessonhook.worker.client import Client, load_provider

#: The start of a worker waits no longer for Redis, which may be down.
_REPLY_SECONDS: Final = 2.0


class _UnusableSettings(InvalidSettings, UsageError):
    """An `InvalidSettings` that Celery's command line shows in one line."""


def read_startup_settings() -> Settings:
    """Read the environment. Raises an `InvalidSettings` that is a UsageError too, for an unusable broker as well."""
    try:
        settings = get_settings()
        broker_of(settings.broker_url)
    except LessonhookError as error:
        problem = str(error)
    else:
        return settings
    raise _UnusableSettings(problem)


def check_startup(settings: Settings) -> None:
    """Raise a UsageError for a proxy, a key, a provider of tokens or a Redis with which deliveries would fail.

    The text quotes nothing of a proxy or a key.
    """
    try:
        Vault.from_settings(settings)
        if settings.authorization_provider is not None:
            load_provider(settings.authorization_provider)
        Client(settings).close()
    except LessonhookError as error:
        raise UsageError(str(error)) from None
    if version := _too_old_a_server(settings):
        server = server_of(settings.redis_url)
        raise UsageError(f"LESSONHOOK_REDIS_URL: {server} is {version}; use Redis {OLDEST_REDIS}.0 or newer, or Valkey")


def _too_old_a_server(settings: Settings) -> str:
    """Return the version of the ledger's Redis if it is too old; "" also while Redis does not reply or does not say.

    An outage ends, so the worker starts and waits for it. A version stays.
    """
    with suppress(RedisError):
        ledger = Ledger.connect(
            settings,
            timeout_seconds=_REPLY_SECONDS,
            connect_timeout_seconds=_REPLY_SECONDS,
            connections=1,
        )
        try:
            return ledger.too_old_a_server()
        finally:
            ledger.redis.close()
    return ""
