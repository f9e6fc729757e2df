"""Renders the body that is POSTed, once, at publish. Every attempt and every replay sends the same bytes.

Keys, their order and the blanks between them are those of the vendor's published sample.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from json import JSONEncoder
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, Final

from lessonhook.producer.contract import CompletionEvent
from lessonhook.producer.custom_fields import CustomValue
from lessonhook.producer.errors import InvalidCompletion

if TYPE_CHECKING:
    from lessonhook.ledger.subscriptions import BodyOptions

#: An event is read, stored and posted in one piece. Common receivers refuse more than 256 KiB too.
BODY_LIMIT_BYTES: Final = 262_144
_CANONICAL_WHOLE_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)
#: Unescaped UTF-8, as in a file that a person reads; NaN is not JSON.
_encode: Final = JSONEncoder(ensure_ascii=False, allow_nan=False).encode
#: What that does with a text, for a quarter of the time.
_text: Final = encode_basestring


def _id(text: str, field: str, options: "BodyOptions") -> str:
    if not options.numeric_ids:
        return _text(text)
    if not _CANONICAL_WHOLE_NUMBER.fullmatch(text):
        rule = "must be a whole number without leading zeros, because the subscription has numeric_ids"
        raise InvalidCompletion({field: rule})
    return text


def _decimal(number: float | None) -> str:
    """Return the shortest decimal that reads back as the same double: always with a point, never with an exponent."""
    if number is None:
        return "null"
    text = repr(number)
    return text if "e" not in text else f"{Decimal(text):f}"


def _score(percent: float | None) -> str:
    """Return the deprecated score. The percentage's digits move by two places, because a division would add digits."""
    return _decimal(None if percent is None else float(Decimal(repr(percent)).scaleb(-2)))


def _whole(number: int | None) -> str:
    return "null" if number is None else str(number)


def _custom_fields(fields: Mapping[str, CustomValue]) -> str:
    # The encoder writes a text in a tenth of the time that it takes for a dict.
    return "{" + ", ".join([f"{_text(name)}: {_encode(value)}" for name, value in fields.items()]) + "}"


def _instant(moment: datetime | None) -> str:
    return "null" if moment is None else f'"{moment.isoformat()[:19]}Z"'


def render(event: CompletionEvent, options: "BodyOptions") -> bytes:
    """Return the event as one line of JSON in UTF-8.

    Raises `InvalidCompletion` if the subscription has `numeric_ids` and an id is no whole number, or if the body has
    more than `BODY_LIMIT_BYTES`.
    """
    user, lesson = event.user, event.lesson
    ext_uid = f'"ext_uid": {_encode(user.ext_uid)}, ' if options.external_user_ids else ""
    score = f'"score": {_score(event.score_percent)}, ' if options.deprecated_score else ""
    body = (
        f'{{"user": {{{ext_uid}"id": {_id(user.id, "user.id", options)}, "name": {_text(user.name)}, '
        f'"email": {_text(user.email)}, "custom_fields": {_custom_fields(user.custom_fields)}}}, '
        f'"lesson": {{"id": {_id(lesson.id, "lesson.id", options)}, "title": {_text(lesson.title)}, '
        f'"retake_score": {_whole(lesson.retake_score)}}}, '
        f'{score}"score_percent": {_decimal(event.score_percent)}, '
        f'"started_at": {_instant(event.started_at)}, "completed_at": {_instant(event.completed_at)}, '
        f'"assigned_at": {_instant(event.assigned_at)}, "report_card_url": {_encode(event.report_card_url)}}}'
    ).encode()
    if len(body) > BODY_LIMIT_BYTES:
        raise InvalidCompletion({"completion": f"must be at most {BODY_LIMIT_BYTES:,} bytes as JSON"})
    return body


def completion_of(body: bytes, *, subscriber: str, event_id: str, ext_uid: str | None) -> CompletionEvent:
    """Return the event that a body was rendered from, to render it for other options.

    What no body has, or not every body, is given: the subscriber, the id, and the learner's `ext_uid`.
    """
    fields: dict[str, Any] = json.loads(body)
    fields.pop("score", None)
    fields["user"]["ext_uid"] = ext_uid
    return CompletionEvent.model_validate({**fields, "subscriber": subscriber, "event_id": event_id})
