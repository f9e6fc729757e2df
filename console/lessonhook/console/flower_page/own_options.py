"""The options that we add to Flower's: a file for its passwords, and the names that an open Flower may have.

They are defined as Flower defines its own, so they also come from `FLOWER_…` variables and `flowerconfig.py`.
"""

from pathlib import Path
from typing import Final

from tornado.options import define

from lessonhook.console.exits import Complaint, ExitCode

#: Flower's option that must not be an argument.
BASIC_AUTH: Final = "basic-auth"

define("basic_auth_file", default="", type=str, help="a file with name:password in each line, for http authentication")
define("allowed_hosts", default=[], type=str, multiple=True, help="host names of a Flower that asks for no password")


def read_basic_auth(file: str) -> list[str]:
    """Read the names and passwords, one pair a line; raise a Complaint that quotes none of them."""
    try:
        text = Path(file).read_text(encoding="ascii")
    except OSError as error:
        raise _wrong(f"can't read the file: {error.strerror}") from None
    except UnicodeDecodeError:
        # Flower compares ASCII only, and would fail at each request.
        problem = "a name or password has a character beyond ASCII"
        raise _wrong(problem) from None
    pairs = [line for line in text.splitlines() if line]
    for number, pair in enumerate(pairs, start=1):
        name, _, password = pair.partition(":")
        if not name or not password:
            raise _wrong(f"entry {number} is not name:password")
    if not pairs:
        raise _wrong("the file is empty")
    return pairs


def _wrong(text: str) -> Complaint:
    return Complaint(f"--basic-auth-file: {text}", ExitCode.WRONG_USAGE)
