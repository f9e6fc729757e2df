"""Validators that fields of a subscription share."""

from typing import Any, Final

from pydantic import BeforeValidator, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from lessonhook.config import broken
from lessonhook.ledger.errors import InvalidSubscription

#: The type of the error that stands for all problems of a field with fields of its own.
PROBLEMS: Final = "problems"


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise broken("must be a number, and not true or false")
    return value


def _with_all_problems(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except InvalidSubscription as error:
        problems = error.problems
    # Pydantic lets an error that is none of its own pass, and would check no other field.
    raise PydanticCustomError(PROBLEMS, "breaks a rule", {PROBLEMS: problems})


#: True is 1 in Python, and no number that anybody means.
NoBool: Final = BeforeValidator(_no_bool)
#: A field that raises `InvalidSubscription` by itself is one of many problems of its subscription.
AmongOthers: Final = WrapValidator(_with_all_problems)
