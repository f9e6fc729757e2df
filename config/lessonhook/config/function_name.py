"""Settings that name a function of the LMS, which workers import and call."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from lessonhook.config.rules_in_words import broken

_NAMED: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def function_name(example: str) -> AfterValidator:
    """Return the rule for `module:function`; the example stands in the error."""

    def validate(name: str | None) -> str | None:
        if name is not None and not _NAMED.fullmatch(name):
            raise broken("must name a function as module:function, such as {example}", example=example)
        return name

    return AfterValidator(validate)


AuthorizationProvider = Annotated[
    str | None,
    function_name("lms.tokens:provide"),
    Field(
        description="A function that workers call for the tokens of subscriptions with "
        "`authorization_from_provider`, as `module:function`. Default: none."
    ),
]
