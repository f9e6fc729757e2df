"""Reads the settings from the environment, and names the variables that are wrong or unknown."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from pydantic import ValidationError
from pydantic_settings import SettingsError

from lessonhook.config.errors import InvalidSettings
from lessonhook.config.rules_in_words import in_words
from lessonhook.config.settings import EVERYDAY, Settings

#: Finds the field that pydantic-settings could not read in the error's text, because the error has no attribute for it.
_FIELD: Final = re.compile(r'field "(\w+)"')
#: Variables that docker-compose.yml and deploy/compose read. They stand in `.env`, so every container has them too.
_OF_COMPOSE: Final = frozenset({"LESSONHOOK_FLOWER_BASIC_AUTH", "LESSONHOOK_REDIS_BIND", "LESSONHOOK_REDIS_PASSWORD"})


def read_settings() -> Settings:
    """Read the environment.

    Raises `InvalidSettings`, which names variables and rules and quotes no value.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
        # A value that may have two types and has neither is reported twice, with the same words.
        problems = list(dict.fromkeys(f"{_variable(str(each['loc'][0]))}: {in_words(each)}" for each in wrong))
    except SettingsError as error:
        # The text of the JSON error behind it is not shown, because it holds the value, which may be a key.
        field = _FIELD.search(str(error))
        problems = [f'{_variable(field[1]) if field else "LESSONHOOK_…"}: must be JSON, such as ["one", "two"]']
    raise InvalidSettings("; ".join(problems))


def _variable(name: str) -> str:
    return name if name.startswith("LESSONHOOK_") else f"LESSONHOOK_{name.upper()}"


def everyday_settings() -> frozenset[str]:
    """Return the names of the fields that everybody should know. The other fields are rarely needed."""
    return frozenset(name for name, field in Settings.model_fields.items() if field.json_schema_extra == EVERYDAY)


def unknown_variables(environment: Iterable[str]) -> list[str]:
    """Return the `LESSONHOOK_…` variables that are not settings. They are probably misspelt, and have no effect."""
    known = {_variable(str(field.validation_alias or name)) for name, field in Settings.model_fields.items()}
    return sorted({name for name in environment if name.startswith("LESSONHOOK_")} - known - _OF_COMPOSE)


def meant_by(variable: str) -> str | None:
    """Return the variable of a setting whose name is close to a misspelt one; None if none is close."""
    known = [_variable(name) for name in Settings.model_fields]
    return next(iter(get_close_matches(variable, known, n=1)), None)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Read the environment once, at the first use and not at import. Raises `InvalidSettings`."""
    return read_settings()
