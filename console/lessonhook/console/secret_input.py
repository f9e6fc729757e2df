"""How a credential comes in: from a file, the standard input, unseen by prompt or from a variable; not as an argument.

An argument can be read by everybody on the machine in the process list, and stays in the shell's history.
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
    """Read a credential from a file, or from the standard input for `-`, unseen where that is a terminal.

    One line end behind it is the editor's and is dropped; every other blank is part of the value. None for no file.
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

    There is no variable that is read unasked: one left over in a shell would send one company's token to another.
    """
    if name is None:
        return None
    if name not in environment:
        raise Complaint(f"{what}: the environment has no {name}", ExitCode.WRONG_USAGE)
    return environment[name]
