"""The errors of the receiver's library. Their texts quote no secret and no value of a body.

ReceiverError
├── InvalidSecret           the secret that you gave is none; respond with 500, because your configuration is wrong
├── InvalidStatement        the document is no statement, or contradicts itself
└── Refused                 the POST must not be used; respond with its `status`
    ├── NotTrusted          (401) it is not proved to come from the LMS
    │   ├── MissingHeader       a header that proves it is missing
    │   ├── WrongAuthorization  the Authorization value is another one
    │   ├── InvalidTimestamp    `webhook-timestamp` is no time
    │   ├── WrongAge            the POST is too old, or from the future
    │   └── WrongSignature      the signature is of another secret or of other bytes
    └── InvalidBody         (422) the body is no completion, or no statement

They are no `LessonhookError`: that class stands in a room that needs Celery.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar


class ReceiverError(Exception):
    """Catch this class to catch all errors of this library."""


class InvalidSecret(ReceiverError, ValueError):
    """No secret or no Authorization value was given, or a secret is not `whsec_` and base64. The text quotes none."""


class InvalidStatement(ReceiverError, ValueError):
    """The document is no statement of lessonhook, or its numbers and its ids contradict each other."""


class Refused(ReceiverError):
    """The POST must not be used. Respond with `status`; the text is for your log."""

    #: The HTTP status to respond with.
    status: ClassVar[int]


class NotTrusted(Refused):
    """Nothing proves that the POST comes from the LMS."""

    status: ClassVar[int] = HTTPStatus.UNAUTHORIZED


class MissingHeader(NotTrusted):
    """A header that a signed POST has is missing or empty. `names` are all that are."""

    def __init__(self, *names: str) -> None:
        super().__init__(*names)
        self.names = names

    def __str__(self) -> str:
        """Return what is missing."""
        return f"not signed: no {' and no '.join(self.names)} header"


class WrongAuthorization(NotTrusted):
    """The Authorization header is missing, or its value is another one."""


class InvalidTimestamp(NotTrusted):
    """`webhook-timestamp` is no number of seconds since 1970."""

    def __str__(self) -> str:
        """Return the rule; the value may be anything."""
        return "webhook-timestamp is no number of seconds since 1970"


class WrongAge(NotTrusted):
    """The POST is older than is allowed, or from the future. `age_seconds` is negative for one from the future."""

    def __init__(self, age_seconds: float, tolerance_seconds: float) -> None:
        super().__init__(age_seconds, tolerance_seconds)
        self.age_seconds = age_seconds
        self.tolerance_seconds = tolerance_seconds

    def __str__(self) -> str:
        """Return how far it is off, and in which direction."""
        direction = "old" if self.age_seconds > 0 else "ahead of this clock"
        return (
            f"{abs(self.age_seconds):.0f} s {direction}, and at most {self.tolerance_seconds:g} s are allowed: "
            "compare the clocks"
        )


class WrongSignature(NotTrusted):
    """No signature in `webhook-signature` is of a secret that you gave and of these bytes."""


class InvalidBody(Refused):
    """The body is no completion of the contract. `problems` has the broken rule of each field, by its dotted path."""

    status: ClassVar[int] = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(problems)
        self.problems = dict(problems)

    def __str__(self) -> str:
        """Return each field and the rule that it breaks, and no value."""
        return "; ".join(f"{field}: {rule}" for field, rule in self.problems.items())
