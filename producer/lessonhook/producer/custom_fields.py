"""A company's own fields of a learner: display names and values, both sent as they are."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from pydantic import PlainValidator

from lessonhook.config import broken
from lessonhook.producer.fields import TEXT_LIMIT

#: The values that JSON can carry, of one level.
CustomValue = str | bool | int | float | None
#: Far more than an LMS's own form offers.
CUSTOM_FIELDS_LIMIT: Final = 200
#: Bits. A larger whole number becomes infinity in every reader that counts in doubles.
_WHOLE_NUMBER_BITS: Final = 1_023


def _text_fault(text: str) -> str | None:
    if len(text) > TEXT_LIMIT:
        return f"must be at most {TEXT_LIMIT:,} characters"
    if "\x00" in text:
        return "must not hold a NUL character"
    # Checked first because `isascii` is a flag of the string, and only a text beyond ASCII can hold a surrogate.
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return "must not hold half of a surrogate pair"
    return None


def _value_fault(value: object) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _text_fault(value)
    if isinstance(value, int):
        return "must be a whole number within a double's range" if value.bit_length() > _WHOLE_NUMBER_BITS else None
    if isinstance(value, float):
        return None if math.isfinite(value) else "must be a finite number"
    return "must be text, a number, true, false or null"


def _custom_fields(fields: object) -> dict[str, CustomValue]:
    if not isinstance(fields, Mapping):
        raise broken("must be an object: display names and their values")
    if len(fields) > CUSTOM_FIELDS_LIMIT:
        raise broken("must be at most {limit} fields", limit=CUSTOM_FIELDS_LIMIT)
    checked: dict[str, CustomValue] = {}
    for entry, (name, value) in enumerate(fields.items(), start=1):
        # In an LMS's database such a column is often a decimal. It becomes the nearest double.
        plain = float(value) if isinstance(value, Decimal) and not value.is_snan() else value
        fault = _text_fault(name) if isinstance(name, str) else "must be text"
        if fault:
            raise broken("the name of entry {entry} {fault}", entry=entry, fault=fault)
        fault = _value_fault(plain)
        if fault:
            # Named by position, because a display name may itself be personal, and the error goes to logs.
            raise broken("the value of entry {entry} {fault}", entry=entry, fault=fault)
        checked[name] = plain
    return checked


#: Display names verbatim, in the given order, at most `CUSTOM_FIELDS_LIMIT`, with values of one level. A `Decimal` is
#: accepted too and becomes the nearest double.
CustomFields = Annotated[
    dict[str, CustomValue], PlainValidator(_custom_fields, json_schema_input_type=dict[str, CustomValue])
]
