"""The kinds of field that a completion has, each with its rule. The text of a rule never quotes a value."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, Strict

from lessonhook.config import broken
from lessonhook.ledger import TEST_PREFIX, read_event_id
from lessonhook.ledger.subscriptions import read_subscriber

#: Characters. Far more than any real name or title has; the limit keeps one event from filling Redis.
TEXT_LIMIT: Final = 4_096
_FULL: Final = 100
#: Sums of weights and products of ratios are off by far less.
_ROUNDING: Final = 1e-9
#: Such a number is out of range however it is written, and writing out all its digits could take long.
_HUGE: Final = 1_000_000
_WEB_URL: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)


def _no_nul(text: str) -> str:
    # PostgreSQL and readers in C cut text at a NUL or refuse the whole body.
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
    # A float's NaN compares as false, but a Decimal's NaN raises.
    if (isinstance(value, Decimal) and not value.is_finite()) or not -_ROUNDING <= value <= _FULL + _ROUNDING:
        raise broken("must be from 0 to 100")
    # Adding 0 makes a plain zero of a negative one.
    return min(max(float(value), 0.0), float(_FULL)) + 0.0


def _whole_percent(value: object) -> object:
    """Return a whole number as an int: a grade book may hold 80.0 or Decimal("80.00000"), or multiply 0.57 by 100."""
    # A decimal's signaling NaN cannot even become a float.
    if isinstance(value, float) or (isinstance(value, Decimal) and not value.is_snan()):
        number = float(value)
        if abs(number) < _HUGE and abs(number - round(number)) <= _ROUNDING:
            return round(number)
    return value


def _instant(value: object) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise broken("must be a date and time in ISO 8601 with its offset, such as Z or +02:00") from None
    if not isinstance(value, datetime):
        raise broken("must be a datetime with a zone, or ISO 8601 text with an offset")
    # Most often it is as it is wanted. What derives from a datetime may hold less than a microsecond.
    if type(value) is datetime and value.tzinfo is UTC and not value.microsecond:
        return value
    if value.utcoffset() is None:
        raise broken("must have a zone or an offset: a naive time is refused")
    try:
        return value.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise broken("must be in the years 1 to 9999 of UTC") from None


def _web_url(text: str) -> str:
    if not _WEB_URL.fullmatch(text):
        raise broken("must be an http or https URL without blanks or control characters")
    return text


def _no_sample(event_id: str) -> str:
    if event_id.startswith(TEST_PREFIX):
        raise broken("must not begin with {prefix}: receivers take it for a sample", prefix=TEST_PREFIX)
    return event_id


#: The name of a subscription; a whole number becomes text.
SubscriberName = Annotated[str, BeforeValidator(read_subscriber)]
#: Text as it is, empty or up to `TEXT_LIMIT` characters; no bytes, no NUL, no half of a surrogate pair.
Text = Annotated[str, Strict(), Field(max_length=TEXT_LIMIT), AfterValidator(_no_nul)]
#: An id of the LMS: text kept verbatim, or a whole number that becomes text; never blank.
Identifier = Annotated[
    str, Strict(), Field(max_length=TEXT_LIMIT), AfterValidator(_not_blank), BeforeValidator(_identifier_text)
]
#: A decimal from 0 to 100. One with more digits than a double becomes the nearest double. What lies outside by no more
#: than a sum of weights is off by rounding becomes 0 or 100, and a negative zero becomes zero.
Percent = Annotated[float, Field(ge=0, le=100), BeforeValidator(_percent)]
#: A whole number from 0 to 100, also as a float or a decimal, which may be off by rounding.
WholePercent = Annotated[int, Strict(), Field(ge=0, le=100), BeforeValidator(_whole_percent)]
#: A moment in any zone; it becomes UTC and whole seconds. A fraction is cut off and not rounded, so that the sent time
#: is never later than the completion, and a completion in the last second of a day stays in that day.
Instant = Annotated[datetime, BeforeValidator(_instant)]
#: An http or https URL, kept verbatim.
WebUrl = Annotated[str, Strict(), Field(max_length=TEXT_LIMIT), AfterValidator(_web_url)]
#: The id of an event, if the LMS gives one of its own. Receivers store nothing of a POST with the id of a sample.
EventId = Annotated[str, Strict(), AfterValidator(read_event_id), AfterValidator(_no_sample)]
