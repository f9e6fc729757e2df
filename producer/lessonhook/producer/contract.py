"""The event that an LMS publishes when a learner has completed a lesson. Its fields have the names of the payload.

The names, nesting and types are those of the vendor's reporting webhook:
https://intercom.help/lessonly/en/articles/3828587-reporting-webhook
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lessonhook.config import bare_errors
from lessonhook.producer.custom_fields import CustomFields, CustomValue
from lessonhook.producer.errors import InvalidCompletion
from lessonhook.producer.explaining import explain
from lessonhook.producer.fields import EventId, Identifier, Instant, Percent, SubscriberName, Text, WebUrl, WholePercent

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from lessonhook.producer.completion_dict import LessonDict, UserDict


class _Part(BaseModel):
    """The base of each part of an event: it never changes, and its errors quote no value.

    An unknown field is refused, because a misspelt one would otherwise be lost without notice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    #: The place of the part in an event, for the text of an error.
    _path: ClassVar[tuple[str, ...]] = ()

    @bare_errors
    def __init__(self, **fields: Any) -> None:
        problems = None
        try:
            self.__pydantic_validator__.validate_python(fields, self_instance=self)
        except ValidationError as error:
            problems = explain(error, type(self), self._path)
        # Not raised in the handler above, because pydantic's error, which holds the values, would become its context.
        if problems is not None:
            raise InvalidCompletion(problems)

    # Without this mark pydantic calls `__init__` for each nested dict, which is slower and loses the path of an error.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # the mark that BaseModel's own carries

    @classmethod
    @bare_errors
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Return one made of a dict; raise `InvalidCompletion` as the constructor does."""
        return cls._validated(super().model_validate, obj, options)

    @classmethod
    @bare_errors
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Return one made of JSON; raise `InvalidCompletion` as the constructor does."""
        return cls._validated(super().model_validate_json, json_data, options)

    @classmethod
    def _validated(cls, validate: Callable[..., Self], value: Any, options: dict[str, Any]) -> Self:
        try:
            return validate(value, **options)
        except ValidationError as error:
            problems = explain(error, cls, cls._path)
        raise InvalidCompletion(problems)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Return nothing of a learner, because an event's `repr` is written to logs and tracebacks."""
        return []


class User(_Part):
    """The learner. `ext_uid` is sent only if the subscription has `external_user_ids`; null if there is none."""

    _path = ("user",)

    id: Identifier
    name: Text
    #: Empty for a learner without one, and never null, because known receivers call text functions on it.
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
    """The lesson. `retake_score` is its pass mark, 0 to 100; null if it has none, because everybody reaches 0."""

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

    Times may be given as datetimes with a zone or as ISO 8601 text with an offset. They become UTC and whole seconds.
    `score_percent` is null for a lesson without a score. `event_id` is for an LMS that has an id of its own; if it is
    left out, it is derived from subscriber, learner, lesson and `completed_at`.
    Raises `InvalidCompletion`, which names fields and rules.
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
        """Return the facts that may be logged: the subscriber and the event's id."""
        # A reporter may ask for the `repr` of an event that was refused and has no fields.
        return [(name, getattr(self, name, None)) for name in ("subscriber", "event_id")]


@bare_errors
def parse_event(event: CompletionEvent | Mapping[str, Any]) -> CompletionEvent:
    """Return an event as it is, or one made of a dict with the same fields; raise `InvalidCompletion`."""
    if isinstance(event, CompletionEvent):
        return event
    # A dict is a `Mapping`, which takes longer to find out.
    if not isinstance(event, dict | Mapping):
        raise InvalidCompletion({"completion": "must be a CompletionEvent or a dict of its fields"})
    return CompletionEvent.model_validate(event)


@bare_errors
def with_event_id(event: CompletionEvent | Mapping[str, Any], event_id: str) -> CompletionEvent:
    """Return the event with this id; raise `InvalidCompletion`, also if it has another one already."""
    completion = parse_event(event)
    if completion.event_id not in {None, event_id}:
        raise InvalidCompletion({"event_id": "is given twice, with two values: leave one of them out"})
    return CompletionEvent.model_validate({**dict(completion), "event_id": event_id})
