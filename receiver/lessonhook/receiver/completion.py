"""The body of a POST as models, with the names, types and limits of the published contract.

They are open where the contract is: a field that they do not know is ignored, because a later contract may add it.
"""

from datetime import datetime
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from lessonhook.receiver.bare_errors import bare_errors
from lessonhook.receiver.errors import InvalidBody

#: Broken rules that the text of an error names.
_SHOWN: Final = 20


def _as_text(value: object) -> object:
    """Return a whole number as text: a subscription with `numeric_ids` gets numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


#: An id of the LMS, always text.
_Id = Annotated[str, BeforeValidator(_as_text)]
_Percent = Annotated[float, Field(ge=0, le=100)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)


class User(_Part):
    """The learner. Its `repr` has the id alone, because it is written to logs."""

    id: _Id
    name: str = Field(repr=False)
    #: Empty for a learner without one, and never None.
    email: str = Field(repr=False)
    #: The company's own id of the learner; None too if the company does not use them.
    ext_uid: str | None = Field(default=None, repr=False)
    #: Display names and values; empty if there are none.
    custom_fields: dict[str, str | bool | int | float | None] = Field(repr=False)


class Lesson(_Part):
    """The lesson."""

    id: _Id
    title: str
    #: The lesson's pass mark, 0 to 100, and not the learner's score; None for a lesson without one.
    retake_score: Annotated[int, Field(ge=0, le=100)] | None


class Completion(_Part):
    """One completion of one lesson by one learner. Times are in UTC and whole seconds."""

    user: User
    lesson: Lesson
    #: Deprecated: `score_percent` divided by 100. None too if the subscription does not ask for it.
    score: Annotated[float, Field(ge=0, le=1)] | None = Field(default=None, repr=False)
    #: 0 to 100; None for a lesson without a score.
    score_percent: _Percent | None = Field(repr=False)
    started_at: AwareDatetime | None
    #: Tells a retake from the first completion. Compare it before you overwrite a result.
    completed_at: AwareDatetime
    assigned_at: AwareDatetime | None
    #: For a person to open; None if there is none.
    report_card_url: str | None = Field(repr=False)

    @property
    def key(self) -> tuple[str, str]:
        """The learner's and the lesson's id: of one key, the completion with the latest `completed_at` counts."""
        return self.user.id, self.lesson.id

    def is_newer_than(self, stored: datetime | None) -> bool:
        """Return whether it may overwrite the result that was `completed_at` this time; None is no result.

        One of the same second may: it is the same completion, or was published later.
        """
        return stored is None or self.completed_at >= stored


def _rule(kind: str, text: str) -> str:
    return "is missing" if kind == "missing" else text


@bare_errors
def parse(body: bytes) -> Completion:
    """Return the completion that a body holds. Raises `InvalidBody`, which names fields and rules and no value."""
    try:
        return Completion.model_validate_json(body)
    except ValidationError as error:
        problems = {
            ".".join(map(str, details["loc"])) or "body": _rule(details["type"], details["msg"])
            for details in error.errors(include_url=False, include_input=False, include_context=False)[:_SHOWN]
        }
    # Not raised in the handler above, because pydantic's error, which holds the values, would become its context.
    raise InvalidBody(problems)
