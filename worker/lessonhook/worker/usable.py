"""Whether a worker could deliver at all with its settings: one that could not must not look ready."""

from click import UsageError

from lessonhook.config import LessonhookError, Settings
from lessonhook.ledger import Vault
from lessonhook.worker.client import Client


def check_usable(settings: Settings) -> None:
    """Raise a UsageError for a proxy or a key that every delivery would fail by; its text quotes nothing of them."""
    try:
        Vault.from_settings(settings)
        Client(settings).close()
    except LessonhookError as error:
        raise UsageError(str(error)) from None
