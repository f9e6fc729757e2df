"""Whether a worker could deliver at all with its settings: one that could not must not look ready.

Celery's command line says a UsageError in one line, and any other error by a traceback.
"""

from click import UsageError

from lessonhook.config import InvalidSettings, LessonhookError, Settings, broker_of, get_settings
from lessonhook.ledger import Vault
from lessonhook.worker.client import Client


class _UnusableSettings(InvalidSettings, UsageError):  # noqa: N818 - says what is wrong, as its base does  # noqa: N818 - says what is wrong, as its base does
    """What is wrong with the environment's settings; whoever reads them otherwise catches it as `InvalidSettings`."""


def read_usable() -> Settings:
    """Read the environment; raises an `InvalidSettings` that is a UsageError too, for an unusable broker as well."""
    try:
        settings = get_settings()
        broker_of(settings.broker_url)
    except LessonhookError as error:
        problem = str(error)
    else:
        return settings
    raise _UnusableSettings(problem)


def check_usable(settings: Settings) -> None:
    """Raise a UsageError for a proxy or a key that every delivery would fail by; its text quotes nothing of them."""
    try:
        Vault.from_settings(settings)
        Client(settings).close()
    except LessonhookError as error:
        raise UsageError(str(error)) from None
