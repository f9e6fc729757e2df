"""The settings of the environment, and what to say where they can't be used."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


def wrong_settings(error: "ValidationError") -> str:
    """Say which variables can't be used and why, by the names that they have in the environment and without a value."""
    rules = (
        f"{_variable(str(details['loc'][0]))}: {details['msg']}"
        for details in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return "; ".join(rules)


def _variable(name: str) -> str:
    return name if name.startswith("LESSONHOOK_") else f"LESSONHOOK_{name.upper()}"
