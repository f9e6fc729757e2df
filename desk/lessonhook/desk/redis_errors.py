"""Turns the errors of redis-py into the desk's own, so that an LMS needs to know one tree of errors.

Here each call of the desk gets its limit, too: it ends when replies are late one after the other, within two seconds.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from inspect import isfunction
from typing import Any, TypeVar

from redis.exceptions import RedisError

from lessonhook.config import bare_errors, each_in_time, explain, late_replies_limited
from lessonhook.desk.errors import LedgerUnavailable

C = TypeVar("C", bound=type)


def redis_errors_named(cls: C) -> C:
    """Make each public method of a class raise `LedgerUnavailable` instead of a `RedisError`, its iterators too.

    The frames of what a method raises keep no argument: an Authorization value, a token.
    """
    for name, method in list(vars(cls).items()):
        if isfunction(method) and not name.startswith("_"):
            setattr(cls, name, bare_errors(_named(method)))
    return cls


def _named(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*arguments: Any, **options: Any) -> Any:
        try:
            with late_replies_limited():
                result = method(*arguments, **options)
        except RedisError as error:
            raise LedgerUnavailable(explain(error)) from error
        return _read(result) if isinstance(result, Iterator) else result

    return call


def _read(values: Iterator[Any]) -> Iterator[Any]:
    try:
        yield from each_in_time(values)
    except RedisError as error:
        raise LedgerUnavailable(explain(error)) from error
