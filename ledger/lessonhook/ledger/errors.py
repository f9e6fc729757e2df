"""The errors of the ledger: a value that it refuses, a key that is wrong, a stored value that it cannot read."""

from collections.abc import Mapping

from lessonhook.config import LessonhookError


class InvalidSubscription(LessonhookError):
    """The subscription breaks a rule; nothing was stored. The message names fields and rules and quotes no value."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Take the broken rule of each field, in the words that a settings page can show beside the field."""
        self.problems = dict(problems)
        super().__init__("; ".join(f"{field}: {rule}" for field, rule in self.problems.items()))


class PrivateAddress(InvalidSubscription):
    """The callback URL leads to an address that is not public, in a network that the operator has not allowed."""

    def __init__(self, kind: str) -> None:
        """Take the kind of the address: private, loopback, link-local or metadata, and others."""
        rule = f"must lead to a public address, and workers do not post to this kind ({kind}); to allow it, add its"
        variable = "LESSONHOOK_ALLOWED_PRIVATE_NETWORKS"
        super().__init__({"callback_url": f"{rule} network to {variable}, here and for the workers"})


class InvalidEncryptionKey(LessonhookError):
    """`LESSONHOOK_ENCRYPTION_KEYS` has a value that is no Fernet key, or `cryptography` is not installed."""


class Undecipherable(LessonhookError):
    """A stored value cannot be read: no key of `LESSONHOOK_ENCRYPTION_KEYS` opens it, or it is damaged."""
