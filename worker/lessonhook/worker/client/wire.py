"""The bytes of a request."""

import re
from collections.abc import Mapping
from typing import Final

# A value with one of these would end its header early and add headers of its own. Values are checked when they are
# saved. This is the last check, for values that came another way.
_UNSAFE: Final = re.compile(rb"[\r\n\0]")


def render_head(target: str, authority: str, headers: Mapping[str, str], length: int) -> bytes:
    """Return the request line and the headers in their own order and case; raise ValueError for an unsafe one."""
    lines = [f"POST {target} HTTP/1.1".encode("ascii"), f"Host: {authority}".encode("ascii")]
    for name, value in headers.items():
        lines.append(f"{name}: {value}".encode("latin-1"))
    lines.append(b"Content-Length: %d" % length)
    if any(_UNSAFE.search(line) for line in lines):
        raise ValueError("a header holds a line break or a NUL")
    return b"\r\n".join((*lines, b"", b""))
