"""Errors for want of something of this machine's: they say nothing about the peer of a connection."""

import errno
import os
import socket
from typing import Final

_LACKING: Final = {
    errno.EMFILE: "file descriptors for this process",
    errno.ENFILE: "file descriptors",
    errno.ENOBUFS: "network buffers",
    errno.ENOMEM: "bytes of memory",
}
#: How OpenSSL says that it got no memory.
_NO_MEMORY_OF_OPENSSL: Final = "MALLOC_FAILURE"


def shortage_in(error: BaseException) -> str:
    """Return what this machine has too few of, in words; "" if an error is of something else."""
    number = getattr(error, "errno", None)
    if isinstance(error, socket.gaierror):
        # Its numbers are those of look-ups, and some of them are another error's elsewhere.
        number = errno.ENOMEM if number == socket.EAI_MEMORY else None
    elif isinstance(error, MemoryError) or getattr(error, "reason", None) == _NO_MEMORY_OF_OPENSSL:
        number = errno.ENOMEM
    return f"this machine has too few {_LACKING[number]}" if number in _LACKING else ""


def shortage_now() -> str:
    """Return the same for a file that is opened now; "" if one can be.

    Some libraries do not say that they could open no file, and go on as if it were not there: look-ups of names, and
    OpenSSL for the authorities of a folder.
    """
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return shortage_in(error)
    return ""
