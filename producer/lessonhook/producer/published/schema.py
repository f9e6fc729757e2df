"""The payload's JSON Schema, made from the models' fields and limits and from what rendering does with them."""

from typing import Any, Final

from lessonhook.producer.contract import CompletionEvent
from lessonhook.producer.published.version import CONTRACT_VERSION
from lessonhook.producer.published.words import COMPLETION, FIELDS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
#: Fields of the event that are not in the payload: its subscriber, and its id, which is sent in a header.
_NOT_SENT: Final = ("subscriber", "event_id")
#: Sent only if the subscription has their option.
_OPTIONAL: Final = frozenset({"ext_uid", "score"})
_INSTANT: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"


def completion_schema(*, numeric_ids: bool = False) -> dict[str, Any]:
    """Return the schema of a payload, for a subscription with or without `numeric_ids`. It allows the other options.

    It is open: it accepts a field that it does not know.
    """
    model = CompletionEvent.model_json_schema(mode="serialization")
    fields = {name: model["properties"][name] for name in model["properties"] if name not in _NOT_SENT}
    for part in ("user", "lesson"):
        fields[part] = model["$defs"][part.capitalize()]
    percent = _nullable(fields["score_percent"])
    fields["score"] = percent | {"maximum": percent["maximum"] / 100, "deprecated": True}
    schema = _object(fields, "", numeric_ids=numeric_ids)
    head = {"$schema": DIALECT, "title": "Completion", "x-contract-version": CONTRACT_VERSION}
    return head | {"description": COMPLETION} | schema


def _object(fields: dict[str, Any], path: str, *, numeric_ids: bool) -> dict[str, Any]:
    """Return the schema of an object, with its fields in the order in which they are sent; each must have its words."""
    order = [name.removeprefix(path) for name in FIELDS if name.startswith(path)]
    names = [name for name in order if "." not in name]
    if set(names) != set(fields):
        raise LookupError(f"words and models differ in {', '.join(sorted(set(names) ^ set(fields)))}")
    properties = {}
    for name in names:
        described = _field(fields[name], f"{path}{name}", numeric_ids=numeric_ids)
        properties[name] = {"description": FIELDS[f"{path}{name}"]} | described
    required = [name for name in names if name not in _OPTIONAL]
    return {"type": "object", "required": required, "properties": properties}


def _field(field: dict[str, Any], path: str, *, numeric_ids: bool) -> dict[str, Any]:
    if field.get("type") == "object" and "properties" in field:
        return _object(field["properties"], f"{path}.", numeric_ids=numeric_ids)
    if numeric_ids and path in {"user.id", "lesson.id"}:
        return {"type": "integer"}
    field = _nullable(field)
    if field.get("format") == "date-time":
        field["pattern"] = _INSTANT
    if isinstance(values := field.get("additionalProperties"), dict):
        field["additionalProperties"] = _nullable(values)
    return field


def _nullable(field: dict[str, Any]) -> dict[str, Any]:
    """Return `"type": ["number", "null"]` in place of pydantic's `anyOf`, without titles and defaults."""
    merged: dict[str, Any] = {}
    types: list[str] = []
    for kind in field.get("anyOf", [field]):
        types.append(kind["type"])
        merged |= {name: value for name, value in kind.items() if name not in {"type", "title", "default"}}
    # Every integer is a number.
    types = [kind for kind in types if not (kind == "integer" and "number" in types)]
    return {"type": types[0] if len(types) == 1 else types} | merged
