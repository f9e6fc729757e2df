"""What the ledger refuses, and what it cannot read."""

from collections.abc import Mapping

from lessonhook.config import LessonhookError


class InvalidSubscription(LessonhookError):  # noqa: N818 - says what is wrong, as InvalidCompletion does
    """The subscription is wrong; nothing was stored. Names fields and rules, quotes no value."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Take the broken rule of each field, as a settings page would show it beside the field."""
        self.problems = dict(problems)
        super().__init__("; ".join(f"{field}: {rule}" for field, rule in self.problems.items()))


class InvalidEncryptionKey(LessonhookError):  # noqa: N818 - says what is wrong, as InvalidCompletion does
    """`LESSONHOOK_ENCRYPTION_KEYS` holds something that is no Fernet key, or `cryptography` is not installed."""


class Undecipherable(LessonhookError):  # noqa: N818 - says what is wrong, as InvalidCompletion does
    """A stored value that can't be read: no key of `LESSONHOOK_ENCRYPTION_KEYS` opens it, or it is damaged."""
