"""Keeps secrets and bodies out of the frames of an error.

An error reporter (Sentry, rich) keeps the local variables of each frame that an error passed. Here they would be the
signing secret and a learner's name, and a stranger who signs wrongly decides when there is an error.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from lessonhook.receiver.errors import ReceiverError

Given = ParamSpec("Given")
Returned = TypeVar("Returned")


def bare_errors(call: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Decorate a function so that its `ReceiverError` and its TypeError have no frame with an argument in it.

    Their texts say what is wrong. A fault of our own keeps all its frames.
    """

    @wraps(call)
    def guarded(*given: Given.args, **named: Given.kwargs) -> Returned:
        try:
            return call(*given, **named)
        except (ReceiverError, TypeError) as error:
            refused = error.with_traceback(None)
        del given, named
        refused.__context__ = None
        raise refused

    return guarded
