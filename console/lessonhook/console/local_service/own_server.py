"""The directory of the embedded server: its data, its password and its URL, for this user alone.

The loopback is open to every user of the machine, so the server asks for a password. It stands in files and in the
environment of the parts, never in an argument.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Final, Self

from lessonhook.console.exits import Complaint
from lessonhook.console.local_service.directory_lock import lock_directory
from lessonhook.console.processes import server_url

_PRIVATE_DIRECTORY: Final = 0o700
_PRIVATE_FILE: Final = 0o600
_PASSWORD_BYTES: Final = 32
_PASSWORD: Final = re.compile(r"^requirepass ([\w-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OwnServer:
    """Where the server finds what it needs, and others its URL."""

    directory: Path
    url: str
    #: The descriptor that locks the directory.
    lock: int

    @classmethod
    def prepare(cls, directory: Path, port: int) -> Self:
        """Make the directory, or close one that is there to others, lock it, and write the files.

        The password stays from start to start, so that other shells can go on with the URL that they have.
        """
        try:
            directory.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            directory.chmod(_PRIVATE_DIRECTORY)
            # First of all: in a directory that another run uses, the files are that one's, and name its port.
            lock = lock_directory(directory)
            own = cls(directory, server_url(port, _password(directory)), lock)
            _write_private(own.url_file, f"{own.url}\n")
        except OSError as error:
            raise Complaint(f"can't keep data in {directory}: {error.strerror}; choose another --data") from None
        return own

    @property
    def configuration(self) -> Path:
        """The file that the server reads its password from."""
        return _configuration(self.directory)

    @property
    def url_file(self) -> Path:
        """The file that has the URL, password included, for other shells."""
        return self.directory / "url"


def _configuration(directory: Path) -> Path:
    return directory / "valkey.conf"


def _password(directory: Path) -> str:
    """Return the password of the last start, or a new one that is saved."""
    file = _configuration(directory)
    saved = _PASSWORD.search(file.read_text(encoding="ascii", errors="replace")) if file.exists() else None
    password = saved[1] if saved else token_urlsafe(_PASSWORD_BYTES)
    _write_private(file, f"requirepass {password}\n")
    return password


def _write_private(file: Path, text: str) -> None:
    """Write a file that was never open to others, not even while it was empty."""
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _PRIVATE_FILE)
    with os.fdopen(number, "w", encoding="ascii") as opened:
        os.fchmod(number, _PRIVATE_FILE)
        opened.write(text)
