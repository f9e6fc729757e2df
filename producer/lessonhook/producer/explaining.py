"""Turns pydantic's errors into fields and broken rules, because pydantic's own texts and lists quote the values."""

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ValidationError

from lessonhook.config import in_words

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

#: Far more than an event has fields. Further problems could only be unknown fields.
_PROBLEMS_SHOWN: Final = 30
#: Characters. A longer or odder key is no misspelt field: it may be data in the place of a name.
_NAME_LIMIT: Final = 40


def _parts(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Return the fields of a model that are models themselves, by name."""
    annotations = {name: field.annotation for name, field in model.model_fields.items()}
    return {name: kind for name, kind in annotations.items() if isinstance(kind, type) and issubclass(kind, BaseModel)}


def _unknown(model: type[BaseModel], prefix: tuple[str, ...], path: tuple[str, ...]) -> str:
    *above, name = path
    holder = model
    for step in above:
        holder = _parts(holder).get(step, holder)
    close = [known for known in holder.model_fields if known.startswith(name)]
    # To compare a name of 10 MB with each field takes 1.3 s (measured).
    if not close and len(name) <= _NAME_LIMIT:
        close = get_close_matches(name, holder.model_fields, n=1)
    if close:
        return f"is unknown; did you mean {'.'.join([*prefix, *above, close[0]])}?"
    elsewhere = [f"{part}.{name}" for part, kind in _parts(model).items() if name in kind.model_fields]
    if elsewhere:
        return f"is unknown here; did you mean {' or '.join(elsewhere)}?"
    return f"is unknown; known here: {', '.join(holder.model_fields)}"


def _problem(model: type[BaseModel], prefix: tuple[str, ...], error: "ErrorDetails") -> tuple[str, str]:
    path = tuple(str(step) for step in error["loc"])
    if error["type"] in {"extra_forbidden", "invalid_key"}:
        shown = path[-1] if path[-1].isidentifier() and len(path[-1]) <= _NAME_LIMIT else "(not a field's name)"
        return ".".join([*prefix, *path[:-1], shown]), _unknown(model, prefix, path)
    return ".".join([*prefix, *path]) or "completion", in_words(error)


def explain(error: ValidationError, model: type[BaseModel], prefix: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the broken rule of each field, `{"user.email": "is required"}`, without any value.

    `prefix` is the place of `model` in the event, if the model was made by itself.
    """
    errors = error.errors(include_url=False, include_input=False)[:_PROBLEMS_SHOWN]
    return dict(_problem(model, prefix, one) for one in errors)
