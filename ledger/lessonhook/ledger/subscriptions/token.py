"""What a function of the LMS returns for a subscriber whose Authorization value changes every hour or so."""

from dataclasses import dataclass, field
from datetime import datetime

from lessonhook.ledger.subscriptions.credentials import read_authorization


@dataclass(frozen=True, slots=True, init=False)
class Token:
    """The value of the Authorization header, and until when it holds. Raises ValueError if one breaks a rule."""

    #: The whole value, such as `Bearer abc`: the same rules as for a subscription's `authorization`, and not blank.
    value: str = field(repr=False)
    #: With its zone. None: it is used for an hour at most, and until the endpoint responds with 401.
    expires_at: datetime | None = None

    def __init__(self, value: str, expires_at: datetime | None = None) -> None:
        """Check both; the frame of the error keeps nothing of them, for a reporter that shows local variables."""
        if problem := _problem(value, expires_at):
            del self, value, expires_at
            raise ValueError(problem)
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "expires_at", expires_at)


def _problem(value: object, ends: object) -> str:
    """Return which rule is broken, "" if none is. A function of the LMS makes tokens, unseen by a type checker."""
    if not isinstance(value, str) or not value.strip(" "):
        return "value: must be text and not blank"
    try:
        read_authorization(value)
    except ValueError as error:
        return f"value: {error}"
    if ends is not None and not (isinstance(ends, datetime) and ends.utcoffset() is not None):
        return "expires_at: must be a datetime with its zone, or None"
    return ""
