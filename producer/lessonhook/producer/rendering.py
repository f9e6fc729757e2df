"""The bytes that are POSTed: rendered once, at publish, so that every attempt and every replay sends the same ones.

Keys, their order and the blanks between them are those of the vendor's published sample.
"""

import re
from datetime import datetime
from decimal import Decimal
from json import JSONEncoder
from typing import Any, Final, Protocol

from lessonhook.producer.contract import CompletionEvent
from lessonhook.producer.errors import InvalidCompletion

#: Bytes. An event is read, kept and posted in one piece; common receivers stop at 256 KiB too.
BODY_LIMIT_BYTES: Final = 262_144
_CANONICAL_WHOLE_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)
#: Unescaped UTF-8, as in a file that a person reads; NaN is not JSON.
_encode: Final = JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class RenderingOptions(Protocol):
    """What a subscription says of the body."""

    @property
    def external_user_ids(self) -> bool:
        """Whether the company uses external user ids: `user.ext_uid` is there only then."""

    @property
    def numeric_ids(self) -> bool:
        """Whether `user.id` and `lesson.id` are numbers; `ext_uid`, the company's own, stays text."""

    @property
    def deprecated_score(self) -> bool:
        """Whether `score`, 0 to 1, stands before `score_percent`, as it did in the vendor's older sample."""


def _id(text: str, field: str, options: RenderingOptions) -> str | int:
    if not options.numeric_ids:
        return text
    if not _CANONICAL_WHOLE_NUMBER.fullmatch(text):
        rule = "must be a whole number without leading zeros, since the subscription asks for numeric ids"
        raise InvalidCompletion({field: rule})
    return int(text)


def _decimal(number: float | None) -> str:
    """Write the shortest decimal that reads back as the same double, always with a point and never with an exponent."""
    if number is None:
        return "null"
    text = repr(number)
    return text if "e" not in text else f"{Decimal(text):f}"


def _score(percent: float | None) -> str:
    """Write the deprecated score: the percentage's digits moved by two places, since a division would add some."""
    return _decimal(None if percent is None else float(Decimal(repr(percent)).scaleb(-2)))


def _instant(moment: datetime | None) -> str:
    return "null" if moment is None else f'"{moment.isoformat()[:19]}Z"'


def render(event: CompletionEvent, options: RenderingOptions) -> bytes:
    """Write the event as one line of JSON in UTF-8.

    Raises `InvalidCompletion` for an id that is no number where the subscription asks for numbers, and for a body of
    more than `BODY_LIMIT_BYTES`.
    """
    user: dict[str, Any] = {"ext_uid": event.user.ext_uid} if options.external_user_ids else {}
    user |= {
        "id": _id(event.user.id, "user.id", options),
        "name": event.user.name,
        "email": event.user.email,
        "custom_fields": event.user.custom_fields,
    }
    lesson = {
        "id": _id(event.lesson.id, "lesson.id", options),
        "title": event.lesson.title,
        "retake_score": event.lesson.retake_score,
    }
    score = f'"score": {_score(event.score_percent)}, ' if options.deprecated_score else ""
    body = (
        f'{{"user": {_encode(user)}, "lesson": {_encode(lesson)}, '
        f'{score}"score_percent": {_decimal(event.score_percent)}, '
        f'"started_at": {_instant(event.started_at)}, "completed_at": {_instant(event.completed_at)}, '
        f'"assigned_at": {_instant(event.assigned_at)}, "report_card_url": {_encode(event.report_card_url)}}}'
    ).encode()
    if len(body) > BODY_LIMIT_BYTES:
        raise InvalidCompletion({"completion": f"must be at most {BODY_LIMIT_BYTES:,} bytes as JSON"})
    return body
