"""Makes a JSON Schema of a model, with the `#:` comment above a field as the field's description."""

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from lessonhook.console.json_schemas.documents import DOCUMENTS

_MARK: Final = "#:"
_FIELD: Final = re.compile(r"    (\w+): ")
_ROOMS: Final = "lessonhook."


def schema_of(command: str) -> dict[str, Any]:
    """Return the schema of what a command writes with `--json`. Keys may be added by a later release."""
    schema = DOCUMENTS[command].model_json_schema(mode="serialization")
    classes = {each.__name__: each for each in _classes(DOCUMENTS[command])}
    for part in (schema, *schema.get("$defs", {}).values()):
        properties: dict[str, Any] = part.get("properties", {})
        model = classes.get(part["title"])
        described = _descriptions(model) if model else {}
        for name, field in properties.items():
            field.pop("title", None)
            field.pop("default", None)
            if name in described:
                field["description"] = described[name]
        if model and issubclass(model, BaseModel):
            # A field with a default and a computed one are written too, unless it is one that is left out.
            left_out = {name for name, field in model.model_fields.items() if field.exclude_if is not None}
            part["required"] = [name for name in properties if name not in left_out]
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


def _descriptions(model: type) -> dict[str, str]:
    """Return the comment of each field, those of the model's bases too."""
    described: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if base.__module__.startswith(_ROOMS):
            described |= dict(_comments(base))
    return described


def _classes(document: type) -> Iterator[type]:
    """Yield the model, its bases, and every class that their modules know: all that the schema may name."""
    seen: set[type] = set()
    waiting = [document]
    while waiting:
        each = waiting.pop()
        if each in seen or not each.__module__.startswith(_ROOMS):
            continue
        seen.add(each)
        yield each
        waiting += [known for known in vars(sys.modules[each.__module__]).values() if inspect.isclass(known)]
        waiting += each.__mro__


def _comments(model: type) -> Iterator[tuple[str, str]]:
    comment: list[str] = []
    for line in inspect.getsource(model).splitlines():
        stripped = line.strip()
        if stripped.startswith(_MARK):
            comment.append(stripped.removeprefix(_MARK).strip())
            continue
        if comment and (field := _FIELD.match(line)):
            yield field[1], " ".join(comment)
        comment = []
