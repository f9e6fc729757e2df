"""Settings turned into the environment that makes them, for processes that read it."""

import json
from typing import Any

from pydantic import SecretStr

from lessonhook.config import Settings


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the `LESSONHOOK_…` variables from which a process reads exactly these settings."""
    variables = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if value is not None:
            variable = field.validation_alias or f"LESSONHOOK_{name.upper()}"
            variables[str(variable)] = _text(value)
    return variables


def _text(value: Any) -> str:
    return json.dumps([_plain(item) for item in value]) if isinstance(value, tuple) else _plain(value)


def _plain(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
