"""What a function of the LMS returns for a subscriber whose Authorization value changes every hour or so."""

from dataclasses import dataclass, field
from datetime import datetime

from lessonhook.ledger.subscriptions.credentials import read_authorization


@dataclass(frozen=True, slots=True)
class Token:
    """The value of the Authorization header, and until when it holds. Raises ValueError if one breaks a rule."""

    #: The whole value, such as `Bearer abc`: the same rules as for a subscription's `authorization`, and not blank.
    value: str = field(repr=False)
    #: With its zone. None: it is used for an hour at most, and until the endpoint responds with 401.
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        # A function of the LMS makes it, which no type checker may have seen.
        value: object = self.value
        ends: object = self.expires_at
        if not isinstance(value, str) or not value.strip(" "):
            raise ValueError("value: must be text and not blank")
        try:
            read_authorization(value)
        except ValueError as error:
            raise ValueError(f"value: {error}") from None
        if ends is not None and not (isinstance(ends, datetime) and ends.utcoffset() is not None):
            raise ValueError("expires_at: must be a datetime with its zone, or None")
