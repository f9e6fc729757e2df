"""Gives OpenSSL a certificate and its key, which Python hands over by files only, and leaves none on the disk."""

import contextlib
import os
import ssl
import tempfile
from collections.abc import Iterator


def load_client_certificate(context: ssl.SSLContext, pem: str) -> None:
    """Have a context present a certificate chain, the client's own first, with its unencrypted key.

    Raise ssl.SSLError if OpenSSL refuses them, and another OSError for want of something of this machine's.
    """
    with _file_with(pem.encode("ascii")) as path:
        # Without a password, OpenSSL would ask for one at the terminal if the key were encrypted.
        context.load_cert_chain(path, password="")


@contextlib.contextmanager
def _file_with(content: bytes) -> Iterator[str]:
    """Yield the path of a file in memory; without those, of one that its owner alone can read and that is removed."""
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):  # noqa: PTH112 - nothing else here needs a Path
        number = os.memfd_create("lessonhook-client-certificate", os.MFD_CLOEXEC)
        with open(number, "wb") as file:  # noqa: PTH123 - a file without a path
            file.write(content)
            file.flush()
            yield f"/proc/self/fd/{number}"
        return
    with tempfile.NamedTemporaryFile(prefix="lessonhook-", suffix=".pem") as file:
        file.write(content)
        file.flush()
        yield file.name
