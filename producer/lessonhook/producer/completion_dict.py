"""A completion as a plain dict, for type checkers: what an LMS writes that does not build the models.

The fields, their meaning and their rules are those of the models in `contract`; a test holds the two together.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NotRequired, TypedDict

from lessonhook.producer.custom_fields import CustomValue


class UserDict(TypedDict):
    """The fields of `User`."""

    id: str | int
    name: str
    email: str
    ext_uid: NotRequired[str | int | None]
    custom_fields: NotRequired[Mapping[str, CustomValue | Decimal]]


class LessonDict(TypedDict):
    """The fields of `Lesson`."""

    id: str | int
    title: str
    retake_score: NotRequired[int | None]


class CompletionDict(TypedDict):
    """The fields of `CompletionEvent`. Of what is only a `dict[str, Any]`, make one by `CompletionEvent(**fields)`."""

    subscriber: str | int
    user: UserDict
    lesson: LessonDict
    score_percent: NotRequired[float | Decimal | None]
    started_at: NotRequired[datetime | str | None]
    completed_at: datetime | str
    assigned_at: NotRequired[datetime | str | None]
    report_card_url: NotRequired[str | None]
    event_id: NotRequired[str | None]
