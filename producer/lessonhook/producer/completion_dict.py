"""A completion as a plain dict, for type checkers and for an LMS that does not build the models.

The models in `contract` have the same fields with their meaning and rules. A test compares the two.
"""

import sys
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NotRequired

from lessonhook.producer.custom_fields import CustomValue

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:
    # Below 3.12 pydantic refuses typing's own: it does not keep which fields are required. FastAPI reads a body by it.
    from typing_extensions import TypedDict


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
    """The fields of `CompletionEvent`. If a type checker knows only `dict[str, Any]`, use `CompletionEvent(**fields)`.

    FastAPI takes it as the type of a body.
    """

    subscriber: str | int
    user: UserDict
    lesson: LessonDict
    score_percent: NotRequired[float | Decimal | None]
    started_at: NotRequired[datetime | str | None]
    completed_at: datetime | str
    assigned_at: NotRequired[datetime | str | None]
    report_card_url: NotRequired[str | None]
    event_id: NotRequired[str | None]
