"""Ends a command: with the exit codes that scripts read, and with one line on the standard error if it failed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from redis.exceptions import RedisError, ResponseError

from lessonhook.config import InvalidSettings, LessonhookError, explain, is_too_old, read_settings, server_of, visible
from lessonhook.desk import AmbiguousEvent, LedgerUnavailable, NotFound, UnsendableEvent
from lessonhook.producer import PublishFailed


class ExitCode(IntEnum):
    """How a command ended, for its shell."""

    WELL = 0
    #: Not found, not accepted, not healthy, or a started part has failed.
    NOT_WELL = 1
    #: The arguments, a value or a setting is wrong, or the Redis of a setting is too old; nothing was changed.
    WRONG_USAGE = 2
    #: Redis is not reachable, or refuses a command.
    NO_REDIS = 3
    #: Ended by Ctrl-C, as shells count it: 128 plus the number of the signal.
    INTERRUPTED = 130


class Complaint(Exception):
    """Why a command cannot do what it was asked to do; `code` is its exit code."""

    def __init__(self, text: str, code: ExitCode = ExitCode.NOT_WELL) -> None:
        super().__init__(text)
        self.code = code


@contextmanager
def explained() -> Iterator[None]:
    """Turn each expected error into one line and its exit code. A fault of our own keeps its traceback.

    No line quotes a value, because values are credentials and learners' data.
    """
    try:
        yield
    except Complaint as complaint:
        _end(str(complaint), complaint.code)
    except (LedgerUnavailable, PublishFailed, RedisError) as error:
        cause = error if isinstance(error, RedisError) else error.__cause__ or error
        _end(explanation(cause), ExitCode.WRONG_USAGE if is_too_old(cause) else ExitCode.NO_REDIS)
    except (NotFound, UnsendableEvent) as error:
        _end(str(error), ExitCode.NOT_WELL)
    except AmbiguousEvent as error:
        _end(f"{error}; name one with --subscriber", ExitCode.WRONG_USAGE)
    except LessonhookError as error:
        _end(str(error), ExitCode.WRONG_USAGE)


def explanation(error: BaseException) -> str:
    """Return a line that names the server. A wrong password, a missing right and an unreachable host differ in it."""
    try:
        server = server_of(read_settings().redis_url)
    except InvalidSettings:
        server = "Redis"
    reason = explain(error, server)
    # A reply without a code of its own, and of no known form, says in its text what is wrong.
    text = f": {error}" if type(error) is ResponseError and ": " not in reason else ""
    return f"{reason}{text}; see LESSONHOOK_REDIS_URL"


def _end(text: str, code: ExitCode) -> None:
    sys.stderr.write(f"lessonhook: {visible(text)}\n")
    raise SystemExit(int(code))
