"""How a command ends, in the exit codes that scripts read, and with one line on the standard error if not well."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from lessonhook.config import LessonhookError
from lessonhook.producer import PublishFailed


class ExitCode(IntEnum):
    """What a command answers to its shell."""

    WELL = 0
    #: Not found, not healthy, or what was started has failed.
    NOT_WELL = 1
    #: The call, a value or a setting is wrong; nothing was changed.
    WRONG_USAGE = 2
    #: Redis is not reachable, or refuses what is asked of it.
    NO_REDIS = 3
    #: Ended by Ctrl-C, as shells count it: 128 and the signal's number.
    INTERRUPTED = 130


class Complaint(Exception):  # noqa: N818 - what a command says, not what broke
    """Why a command can't do what it was asked; `code` is what it ends with."""

    def __init__(self, text: str, code: ExitCode = ExitCode.NOT_WELL) -> None:
        super().__init__(text)
        self.code = code


@contextmanager
def explained() -> Iterator[None]:
    """Turn what may go wrong by no fault of ours into its line and its exit code; a fault of ours keeps its traceback.

    No line quotes a value: values are credentials and learners' data.
    """
    try:
        yield
    except Complaint as complaint:
        _end(str(complaint), complaint.code)
    except PublishFailed as error:
        _end(_redis_says(error.__cause__ or error), ExitCode.NO_REDIS)
    except RedisError as error:
        _end(_redis_says(error), ExitCode.NO_REDIS)
    except LessonhookError as error:
        _end(str(error), ExitCode.WRONG_USAGE)


def _redis_says(error: BaseException) -> str:
    if isinstance(error, RedisConnectionError | RedisTimeoutError):
        return f"Redis is not reachable, see LESSONHOOK_REDIS_URL: {error}"
    return f"Redis refuses: {error}"


def _end(text: str, code: ExitCode) -> None:
    sys.stderr.write(f"lessonhook: {text}\n")
    raise SystemExit(int(code))
