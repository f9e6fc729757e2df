"""Keeps what a caller hands over out of the frames of an error.

An error reporter (Sentry, rich) keeps the local variables of each frame that an error passed. In ours they would be a
learner's name, a body, an Authorization value.
"""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from lessonhook.config.errors import LessonhookError

Given = ParamSpec("Given")
Returned = TypeVar("Returned")


def bare_errors(call: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Decorate a function so that its `LessonhookError` has no frame with an argument in it, and no cause has frames.

    Nothing is lost that a person needs: the text of such an error says what is wrong. A fault of our own keeps all its
    frames.
    """

    @wraps(call)
    def guarded(*given: Given.args, **named: Given.kwargs) -> Returned:
        try:
            return call(*given, **named)
        except LessonhookError as error:
            refused = error
        del given, named
        raise _without_frames(refused)

    return guarded


def bare_awaited_errors(
    call: Callable[Given, Coroutine[Any, Any, Returned]],
) -> Callable[Given, Coroutine[Any, Any, Returned]]:
    """Decorate a coroutine function in the same way."""

    @wraps(call)
    async def guarded(*given: Given.args, **named: Given.kwargs) -> Returned:
        try:
            return await call(*given, **named)
        except LessonhookError as error:
            refused = error
        del given, named
        raise _without_frames(refused)

    return guarded


def _without_frames(error: LessonhookError) -> LessonhookError:
    cause = error.__cause__
    seen: list[BaseException] = []
    while cause is not None and cause not in seen:
        seen.append(cause)
        cause.__traceback__ = None
        cause = cause.__cause__ or cause.__context__
    error.__context__ = None
    return error.with_traceback(None)
