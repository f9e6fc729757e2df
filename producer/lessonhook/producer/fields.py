"""The kinds of field that a completion has, each with the rule that it keeps; a rule's text never quotes a value."""

import math
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, LiteralString

from pydantic import AfterValidator, BeforeValidator, Field, Strict
from pydantic_core import PydanticCustomError

#: Characters. Far above any real name or title; it keeps one event from filling Redis.
TEXT_LIMIT: Final = 4_096
#: Characters, printable ASCII: the id travels in a header, `webhook-id`, where blanks at the ends would be cut off.
_EVENT_ID: Final = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?")
#: A subscriber's name is part of Redis keys; the ledger's subscriptions keep the same rule.
_SUBSCRIBER: Final = re.compile(r"[!-.0-z|~]{1,128}")
_WEB_URL: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)


def broken(rule: LiteralString, **facts: Any) -> PydanticCustomError:
    """Make the error that says which rule a value breaks; `facts` fill the rule's braces."""
    return PydanticCustomError("rule", rule, facts or None)


def _no_nul(text: str) -> str:
    # PostgreSQL and C readers cut text there or refuse the whole body.
    if "\x00" in text:
        raise broken("must not hold a NUL character")
    return text


def _identifier_text(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return str(value)
        except ValueError:  # Python writes no number of more than 4,300 digits.
            raise broken("must be at most {limit} characters", limit=f"{TEXT_LIMIT:,}") from None
    if isinstance(value, str):
        return value
    raise broken("must be text or a whole number")


def _not_blank(text: str) -> str:
    if not text.strip():
        raise broken("must not be blank")
    return _no_nul(text)


def _percent(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise broken("must be a number from 0 to 100, or null for a lesson without a score")
    # NaN compares as false, but a Decimal's NaN raises instead.
    if (isinstance(value, Decimal) and not value.is_finite()) or not 0 <= value <= 100:  # noqa: PLR2004 - percent
        raise broken("must be from 0 to 100")
    percent = float(value)
    if math.copysign(1, percent) < 0:
        raise broken("must not be a negative zero")
    return percent


def _instant(value: object) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise broken("must be a date and time in ISO 8601 with its offset, such as Z or +02:00") from None
    if not isinstance(value, datetime):
        raise broken("must be a datetime that knows its zone, or ISO 8601 text with an offset")
    if value.utcoffset() is None:
        raise broken("must say its zone or offset: a naive time is refused")
    try:
        return value.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise broken("must be in the years 1 to 9999 of UTC") from None


def _subscriber_name(text: str) -> str:
    if not _SUBSCRIBER.fullmatch(text):
        raise broken("must be 1 to 128 printable ASCII characters without blank, slash and braces")
    return text


def _web_url(text: str) -> str:
    if not _WEB_URL.fullmatch(text):
        raise broken("must be an http or https URL without blanks or control characters")
    return text


def _event_id(text: str) -> str:
    if not _EVENT_ID.fullmatch(text):
        raise broken("must be 1 to 128 printable ASCII characters with no blank at either end")
    return text


#: The name of a subscription; a whole number becomes text.
SubscriberName = Annotated[str, Strict(), AfterValidator(_subscriber_name), BeforeValidator(_identifier_text)]
#: Text as it is, an empty one included; not bytes, no NUL, no half of a surrogate pair, at most `TEXT_LIMIT`.
Text = Annotated[str, Strict(), Field(max_length=TEXT_LIMIT), AfterValidator(_no_nul)]
#: An id of the LMS: text kept verbatim, or a whole number that becomes text; never blank.
Identifier = Annotated[
    str, Strict(), Field(max_length=TEXT_LIMIT), AfterValidator(_not_blank), BeforeValidator(_identifier_text)
]
#: A decimal from 0 to 100; what is longer than a double becomes the nearest one.
Percent = Annotated[float, Field(ge=0, le=100), BeforeValidator(_percent)]
#: A whole number from 0 to 100.
WholePercent = Annotated[int, Strict(), Field(ge=0, le=100)]
#: A moment, in any zone on the way in, in UTC and whole seconds here. A fraction is cut off and not rounded, so that
#: what is sent is never later than what happened, and a completion of the last second of a day stays in that day.
Instant = Annotated[datetime, BeforeValidator(_instant)]
#: An http or https URL, kept verbatim.
WebUrl = Annotated[str, Strict(), Field(max_length=TEXT_LIMIT), AfterValidator(_web_url)]
#: The id of an event, if the LMS gives one of its own.
EventId = Annotated[str, Strict(), AfterValidator(_event_id)]
