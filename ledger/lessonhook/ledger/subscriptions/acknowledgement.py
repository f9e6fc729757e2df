"""A rule by which an endpoint's response confirms that the completion was recorded, and not only accepted.

Some endpoints respond with 200 to every POST, and with `{"skipped": true}` in the body if they found no learner to file
the completion under. Such an event is delivered all the same: the rule only has it counted and shown as unconfirmed.
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
from pydantic_core import ErrorDetails

from lessonhook.config import broken, in_words
from lessonhook.ledger.errors import InvalidSubscription
from lessonhook.ledger.subscriptions.option import Option
from lessonhook.ledger.subscriptions.validators import NoBool

_PATH_MAX_LENGTH: Final = 200
#: Of JSONPath (RFC 9535) the part that names one place: `$.result.items[0].id`, `$['a name'].id`.
_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\['([^'\\]*)'\]|\[(0|[1-9][0-9]{0,8})\]")
#: RFC 9110, section 8.3.1, without parameters; lengths as RFC 6838, section 4.2, because a response that is not of this
#: type has it written into each attempt.
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")


def _media_type(value: object) -> str:
    text = value.strip().lower() if isinstance(value, str) else ""
    if not _MEDIA_TYPE.fullmatch(text):
        raise broken("must be a media type without parameters, such as application/json")
    return text


def _path(text: str) -> str:
    if len(text) > _PATH_MAX_LENGTH or steps_of(text) is None:
        raise broken(
            "must be a path such as $.result.id or $.items[0], at most {limit} characters", limit=_PATH_MAX_LENGTH
        )
    # The path is shown at terminals and written to logs, where such characters move the cursor or turn the text.
    if not text.isprintable():
        raise broken("must be printable: no control characters and none that change the direction of text")
    return text


def steps_of(path: str) -> list[str | int] | None:
    """Return the names and the positions that lead to a path's place, or None if the text is not such a path."""
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


def _problem(details: ErrorDetails) -> tuple[str, str]:
    """Return the field and the rule. An unknown name is the caller's own text and is not quoted."""
    if details["type"] == "extra_forbidden":
        known = ", ".join(Acknowledgement.model_fields)
        return "acknowledgement", f"has a field that is not known; known are {known}"
    return ".".join(["acknowledgement", *(str(part) for part in details["loc"])]), in_words(details)


class Acknowledgement(BaseModel):
    """What a 2xx response must have, all of it, to confirm that a completion was recorded.

    Raises InvalidSubscription if a rule is broken, or if nothing is given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    #: 200 to 299.
    status: Annotated[int | None, Field(ge=200, le=299), NoBool, Option(help="This status alone.", metavar="2XX")] = (
        None
    )
    #: `application/json`; parameters of the response's type (`; charset=utf-8`) are ignored.
    content_type: Annotated[_MediaType | None, Option(help="This media type.", metavar="TYPE")] = None
    #: A place that the JSON of the response must have. A null or a false there counts as absent.
    present: Annotated[_Path | None, Option(help="Such as $.id: there.", metavar="PATH")] = None
    #: A place that it must not have, unless it is null or false.
    absent: Annotated[_Path | None, Option(help="As $.skipped: not there.", metavar="PATH")] = None

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
            problems = dict(_problem(details) for details in error.errors(include_url=False, include_input=False))
        else:
            if rule.model_dump(exclude_none=True):
                return rule
            problems = {"acknowledgement": "must name a status, a content_type or a path; leave it out for none"}
        # Not raised in the handler above, because pydantic's error would become its context.
        raise InvalidSubscription(problems)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Acknowledgement":
        """Read the result of `model_dump`, of this release or another one; do not validate it again."""
        return cls.model_construct(**{name: document[name] for name in cls.model_fields if name in document})

    def __str__(self) -> str:
        """Return it in a few words: `status 201, $.id there, $.skipped not there`."""
        said = {
            "status": "status {}",
            "content_type": "content type {}",
            "present": "{} there",
            "absent": "{} not there",
        }
        facts = self.model_dump(exclude_none=True)
        return ", ".join(said[name].format(fact) for name, fact in facts.items())
