"""Reads a credential from a file, from the standard input, unseen at a prompt, or from a variable; not as an argument.

Everybody on the machine can read an argument in the process list, and it stays in the shell's history.
"""

import getpass
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lessonhook.console.exits import Complaint, ExitCode

STANDARD_INPUT: Final = Path("-")


def read_secret(file: Path | None, what: str) -> str | None:
    """Read a credential from a file, or from the standard input for `-`, unseen if that is a terminal.

    One line end after it is dropped, because editors add one; all other blanks are part of the value. None for no file.
    """
    if file is None:
        return None
    if file == STANDARD_INPUT and sys.stdin.isatty():
        return getpass.getpass(f"{what}: ")
    try:
        content = sys.stdin.buffer.read() if file == STANDARD_INPUT else file.read_bytes()
        text = content.decode()
    except OSError as error:
        raise Complaint(f"{what}: {file} can't be read: {error.strerror}", ExitCode.WRONG_USAGE) from None
    except UnicodeDecodeError:
        raise Complaint(f"{what}: {file} is no UTF-8 text", ExitCode.WRONG_USAGE) from None
    return text.removesuffix("\n").removesuffix("\r")


def read_variable(name: str | None, what: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """Read a credential from the variable of this name; None for no name.

    No variable is read by default, because one left over in a shell would send one company's token to another.
    """
    if name is None:
        return None
    if name not in environment:
        raise Complaint(f"{what}: the environment has no {name}", ExitCode.WRONG_USAGE)
    return environment[name]
