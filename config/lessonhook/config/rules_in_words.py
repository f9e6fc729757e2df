"""The rules that a value breaks, in this project's words, because pydantic's own texts may quote the value."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, LiteralString

from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_RULES: Final[Mapping[str, str]] = {
    "missing": "is required",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "enum": "must be {expected}",
    "finite_number": "must be a finite number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_type": "must be a whole number",
    "ip_v4_network": "must be a network, such as 10.1.0.0/16 or fd00::/8",
    "ip_v6_network": "must be a network, such as 10.1.0.0/16 or fd00::/8",
    "json_invalid": "must be JSON",
    "less_than_equal": "must be at most {le:g}",
    "model_attributes_type": "must be an object",
    "model_type": "must be an object",
    "string_too_long": "must be at most {max_length:,} characters",
    "string_too_short": "must be at least {min_length:,} characters",
    "string_type": "must be text",
    "string_unicode": "must not hold half of a surrogate pair",
    "too_long": "must be at most {max_length:,} long",
    "too_short": "must be at least {min_length:,} long",
    "tuple_type": "must be a list",
}
#: The type of the errors that `broken` makes, whose text is a rule in this project's words already.
RULE: Final = "rule"


def broken(rule: LiteralString, /, **facts: Any) -> PydanticCustomError:
    """Return the error that names the rule which a value breaks; `facts` fill the rule's braces."""
    return PydanticCustomError(RULE, rule, facts or None)


def in_words(error: "ErrorDetails") -> str:
    """Return the rule that a value breaks, `must be at most 100`, and nothing of the value."""
    if error["type"] == RULE:
        return error["msg"]
    return _RULES.get(error["type"], "is not valid").format(**error.get("ctx", {}))
