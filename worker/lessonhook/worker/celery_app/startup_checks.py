"""Refuses to start a worker that could not deliver with its settings, because it would look ready.

Celery's command line shows a UsageError in one line, and any other error with a traceback.
"""

from click import UsageError

from lessonhook.config import InvalidSettings, LessonhookError, Settings, broker_of, get_settings
from lessonhook.ledger import Vault
from lessonhook.worker.client import Client, load_provider


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
    """Raise a UsageError for a proxy, a key or a provider of tokens with which deliveries would fail.

    The text quotes nothing of a proxy or a key.
    """
    try:
        Vault.from_settings(settings)
        if settings.authorization_provider is not None:
            load_provider(settings.authorization_provider)
        Client(settings).close()
    except LessonhookError as error:
        raise UsageError(str(error)) from None
