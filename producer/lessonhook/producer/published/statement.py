"""The statement of a month as a receiver gets it: its JSON Schema, and a sample."""

from datetime import UTC, date, datetime
from typing import Any, Final

from lessonhook.producer.published.schema import DIALECT
from lessonhook.receiver import DayOfStatement, SignedDays

STATEMENT: Final = (
    "What the LMS states of the completions that it recorded for a company from the first to the last day (UTC). "
    "Fields may be added later: ignore the ones that you do not know."
)
_HASH: Final = "SHA-256 in hex over the ids, sorted by their bytes, each followed by one line end (LF)."
#: By the field's dotted path, in the order in which the fields are sent.
_FIELDS: Final = {
    "statement": "The version of this form.",
    "subscriber": "Whose completions.",
    "first_day": "The first day.",
    "last_day": "The last day, which belongs to it.",
    "made_at": "When it was made, in UTC.",
    "recorded": "How many completions the LMS recorded for the company in these days.",
    "no_longer_known": (
        "Of these, the ones that ended so long ago that only their number is known. No hash and no list has them."
    ),
    "known": "The others: recorded in these days, and known by their ids.",
    "known.count": "How many there are.",
    "known.sha256": _HASH,
    "accepted": "Of the known ones, those that the company accepted.",
    "accepted.count": "How many there are.",
    "accepted.sha256": _HASH,
    "states": "How many of the known ones are in each state: delivered is accepted.",
    "ids": "The state of each known one by its webhook-id, sorted; null with more than 50,000 of them.",
    "days": "The days on which a completion was recorded or accepted.",
    "days.day": "The day, in UTC.",
    "days.recorded": "Completions recorded on it.",
    "days.accepted": "Completions accepted on it; they may have been recorded on an earlier day.",
    "notes": "In words: what is not known any more, and whether the last day had ended.",
}
#: Facts of pydantic's schema that are none of the statement's.
_LEFT_OUT: Final = frozenset({"title", "default", "description"})


def statement_schema() -> dict[str, Any]:
    """Return the schema of a statement's body. It is open: it accepts a field that it does not know.

    Raises LookupError if a field has no words here.
    """
    model = SignedDays.model_json_schema(mode="serialization")
    schema = _described(model, model["$defs"], "")
    return {"$schema": DIALECT, "title": "Statement", "description": STATEMENT} | schema


def sample_statement() -> bytes:
    """Return the whole body of the POST of a statement."""
    ids = {"6f1f8d1e-0f3c-5f2b-9a3e-3f7b1c2d4e5f": "delivered", "c0a8012e-7b1d-5c44-8f0a-2b9d6e1f3a70": "held"}
    stated = SignedDays.of(
        ids,
        with_ids=True,
        subscriber="acme",
        first_day=date(2026, 10, 1),
        last_day=date(2026, 10, 31),
        made_at=datetime(2026, 11, 1, 0, 5, tzinfo=UTC),
        recorded=3,
        no_longer_known=1,
        days=[
            DayOfStatement(day=date(2026, 10, 2), recorded=1, accepted=1),
            DayOfStatement(day=date(2026, 10, 30), recorded=2, accepted=1),
        ],
        notes=["1 of the 3 ended so long ago that only the number is known."],
    )
    return stated.as_sent()


def _described(part: dict[str, Any], parts: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the schema of an object, with the words of its fields; each of its parts stands where it is used."""
    fields: dict[str, Any] = part["properties"]
    names = [name.removeprefix(path) for name in _FIELDS if name.startswith(path)]
    if {name for name in names if "." not in name} != set(fields):
        raise LookupError(f"words and fields of the statement differ below {path or 'its top'}")
    properties = {
        name: {"description": _FIELDS[f"{path}{name}"]} | _plain(field, parts, f"{path}{name}.")
        for name, field in fields.items()
    }
    # A field with a default is sent too.
    return {"type": "object", "required": list(fields), "properties": properties}


def _plain(field: dict[str, Any], parts: dict[str, Any], path: str) -> dict[str, Any]:
    if name := field.get("$ref"):
        return _described(parts[name.rpartition("/")[2]], parts, path)
    plain = {key: value for key, value in field.items() if key not in _LEFT_OUT}
    if items := plain.get("items"):
        plain["items"] = _plain(items, parts, path)
    return plain
