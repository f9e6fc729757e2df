"""Accepted is not recorded: what a company's endpoint answers when it has really taken a completion.

Some endpoints answer 200 to everything, and `{"skipped": true}` in the body where they found nobody to file it under.
Such an event is delivered all the same: a rule of this kind only has it counted and shown as unconfirmed.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from lessonhook.config.rules_in_words import RULE, in_words
from lessonhook.ledger.errors import InvalidSubscription

_PATH_MAX_LENGTH: Final = 200
#: Of JSONPath (RFC 9535) the part that names one place: `$.result.items[0].id`, `$['a name'].id`.
_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\['([^'\\]*)'\]|\[(0|[1-9][0-9]{0,8})\]")
#: RFC 9110, section 8.3.1, without parameters.
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")


def _rule(rule: str) -> PydanticCustomError:
    return PydanticCustomError(RULE, "{rule}", {"rule": rule})


def _media_type(value: object) -> str:
    text = value.strip().lower() if isinstance(value, str) else ""
    if not _MEDIA_TYPE.fullmatch(text):
        raise _rule("must be a media type without parameters, such as application/json")
    return text


def _path(text: str) -> str:
    if len(text) > _PATH_MAX_LENGTH or steps_of(text) is None:
        raise _rule(f"must be a path such as $.result.id or $.items[0], at most {_PATH_MAX_LENGTH} characters")
    return text


def steps_of(path: str) -> list[str | int] | None:
    """Answer the names and the positions that lead to a path's place; None for what is no such path."""
    steps: list[str | int] = []
    at = 1
    while path.startswith("$") and at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return None
        name, quoted, position = match.groups()
        steps.append(int(position) if position is not None else quoted if name is None else name)
        at = match.end()
    return steps or None


_MediaType = Annotated[str, BeforeValidator(_media_type)]
_Path = Annotated[str, AfterValidator(_path)]


class Acknowledgement(BaseModel):
    """What an answer of the 2xx class must have, all of it, to confirm that a completion was recorded.

    Raises InvalidSubscription where a rule is broken, and where there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    #: 200 to 299.
    status: int | None = Field(None, ge=200, le=299)
    #: `application/json`; what the endpoint says behind it (`; charset=utf-8`) is not looked at.
    content_type: _MediaType | None = None
    #: A place that the JSON of the answer must have. What is null or false there counts as not there.
    present: _Path | None = None
    #: A place that it must not have, null and false excepted.
    absent: _Path | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            status: int | None = None,
            content_type: str | None = None,
            present: str | None = None,
            absent: str | None = None,
        ) -> None: ...

    @model_validator(mode="wrap")
    @classmethod
    def _refuse(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Replace pydantic's error by one that names the rule and quotes nothing."""
        try:
            rule = handler(value)
        except ValidationError as error:
            problems = {
                ".".join(["acknowledgement", *(str(part) for part in details["loc"])]): in_words(details)
                for details in error.errors(include_url=False, include_input=False)
            }
        else:
            if rule.model_dump(exclude_none=True):
                return rule
            problems = {"acknowledgement": "must name a status, a content_type or a path; leave it out for none"}
        # Raised out here: in the handler above, pydantic's error would hang on it as its context.
        raise InvalidSubscription(problems)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Acknowledgement":
        """Read what `model_dump` wrote, in this release or another one; not validated again."""
        return cls.model_construct(**{name: document[name] for name in cls.model_fields if name in document})

    def __str__(self) -> str:
        """Say it in a few words: `status 201, $.id there, $.skipped not there`."""
        said = {
            "status": "status {}",
            "content_type": "content type {}",
            "present": "{} there",
            "absent": "{} not there",
        }
        facts = self.model_dump(exclude_none=True)
        return ", ".join(said[name].format(fact) for name, fact in facts.items())
