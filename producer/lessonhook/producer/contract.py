"""The event that an LMS hands over when a learner has completed a lesson: the payload's fields, by the payload's names.

The names, nesting and types are those of the vendor's reporting webhook:
https://intercom.help/lessonly/en/articles/3828587-reporting-webhook
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lessonhook.producer.custom_fields import CustomFields, CustomValue
from lessonhook.producer.errors import InvalidCompletion
from lessonhook.producer.explaining import explain
from lessonhook.producer.fields import EventId, Identifier, Instant, Percent, SubscriberName, Text, WebUrl, WholePercent

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from lessonhook.producer.completion_dict import LessonDict, UserDict


class _Part(BaseModel):
    """What every part of an event has in common: it never changes, and a wrong one quotes no value.

    A field that is not known is refused: a mistyped one would otherwise be lost without a word.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    #: Where the part stands in an event, for the text of an error.
    _path: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **fields: Any) -> None:
        problems = None
        try:
            self.__pydantic_validator__.validate_python(fields, self_instance=self)
        except ValidationError as error:
            problems = explain(error, type(self), self._path)
        # Raised out here: in the handler above, pydantic's error, which holds the values, would be its context.
        if problems is not None:
            raise InvalidCompletion(problems)

    # Pydantic would call an `__init__` of a model's own for each nested dict: slower, and an error would lose its path.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # the mark that BaseModel's own carries

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Make one of a dict; raises `InvalidCompletion`, as the constructor does."""
        return cls._validated(super().model_validate, obj, options)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Make one of JSON; raises `InvalidCompletion`, as the constructor does."""
        return cls._validated(super().model_validate_json, json_data, options)

    @classmethod
    def _validated(cls, validate: Callable[..., Self], value: Any, options: dict[str, Any]) -> Self:
        try:
            return validate(value, **options)
        except ValidationError as error:
            problems = explain(error, cls, cls._path)
        raise InvalidCompletion(problems)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Show nothing of a learner: an event's `repr` ends up in logs and tracebacks."""
        return []


class User(_Part):
    """The learner. `ext_uid` is sent only to a company that uses external user ids; null there for one who has none."""

    _path = ("user",)

    id: Identifier
    name: Text
    #: Empty for a learner without one; never null: known receivers call text functions on it.
    email: Text
    ext_uid: Identifier | None = None
    custom_fields: CustomFields = Field(default_factory=dict)

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            id: str | int,  # noqa: A002 - the payload's name
            name: str,
            email: str,
            ext_uid: str | int | None = None,
            custom_fields: Mapping[str, CustomValue | Decimal] = ...,
        ) -> None: ...


class Lesson(_Part):
    """The lesson. `retake_score` is its pass mark, 0 to 100; null if it has none, since 0 is a mark that all reach."""

    _path = ("lesson",)

    id: Identifier
    title: Text
    retake_score: WholePercent | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            id: str | int,  # noqa: A002 - the payload's name
            title: str,
            retake_score: int | None = None,
        ) -> None: ...


class CompletionEvent(_Part):
    """One completion of one lesson by one learner, for the company named by `subscriber`.

    Times may be given as datetimes that know their zone or as ISO 8601 text with an offset; here they are UTC and
    whole seconds. `score_percent` is null for a lesson without a score. `event_id` is for an LMS that has an id of its
    own; left out, it is derived from subscriber, learner, lesson and `completed_at`.
    Raises `InvalidCompletion`, naming fields and rules.
    """

    subscriber: SubscriberName
    user: User
    lesson: Lesson
    score_percent: Percent | None = None
    started_at: Instant | None = None
    completed_at: Instant
    assigned_at: Instant | None = None
    report_card_url: WebUrl | None = None
    event_id: EventId | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            subscriber: str | int,
            user: User | UserDict,
            lesson: Lesson | LessonDict,
            score_percent: float | Decimal | None = None,
            started_at: datetime | str | None = None,
            completed_at: datetime | str,
            assigned_at: datetime | str | None = None,
            report_card_url: str | None = None,
            event_id: str | None = None,
        ) -> None: ...

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Show what may be logged: whose event it is, and which."""
        return [("subscriber", self.subscriber), ("event_id", self.event_id)]


def parse_event(event: CompletionEvent | Mapping[str, Any]) -> CompletionEvent:
    """Take an event as it is, or make one of a dict with the same fields; raises `InvalidCompletion`."""
    if isinstance(event, CompletionEvent):
        return event
    if not isinstance(event, Mapping):
        raise InvalidCompletion({"completion": "must be a CompletionEvent or a dict of its fields"})
    return CompletionEvent.model_validate(event)


def with_event_id(event: CompletionEvent | Mapping[str, Any], event_id: str) -> CompletionEvent:
    """Answer the event with this id; raises `InvalidCompletion`, also if it has another one already."""
    completion = parse_event(event)
    if completion.event_id not in {None, event_id}:
        raise InvalidCompletion({"event_id": "is given twice, and not the same"})
    return CompletionEvent.model_validate({**dict(completion), "event_id": event_id})
