"""The answer that nearly every endpoint sends, read by one pattern: a status, plain headers, a body of a known length.

http.client reads headers by the parser for e-mails, at a tenth of a whole delivery's cost. Whatever is not as plain as
this, or has not come whole, is left to it.
"""

import re
from typing import Final, NamedTuple

from requests.structures import CaseInsensitiveDict

#: Statuses below are interim; 204 and 304 have no body whatever their headers say.
_HEAD: Final = re.compile(
    rb"HTTP/1\.1 ((?!204|304)[2-9][0-9]{2}) ?([ -~]*)\r\n((?:[A-Za-z0-9-]{1,64}:[ -~]{0,1024}\r\n){1,64})\r\n"
)
_LENGTH: Final = re.compile(r"[0-9]{1,6}")
#: With one of these there is more to be known than the length.
_NOT_PLAIN: Final = ("Transfer-Encoding", "Content-Encoding", "Upgrade", "Trailer")


class PlainAnswer(NamedTuple):
    """What was read."""

    status: int
    phrase: str
    headers: CaseInsensitiveDict[str]
    body: bytes


def read_plain(received: bytes, limit_bytes: int) -> PlainAnswer | None:
    """Answer what the bytes say if they are one whole plain answer and nothing else; None if they are not."""
    head = _HEAD.match(received)
    if head is None:
        return None
    lines = head[3].decode("ascii").split("\r\n")[:-1]
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
    for line in lines:
        name, _, value = line.partition(":")
        headers[name] = value.strip(" ")
    # A name that came twice is one entry.
    if len(headers) < len(lines) or any(name in headers for name in _NOT_PLAIN):
        return None
    length = headers.get("Content-Length", "")
    if not _LENGTH.fullmatch(length) or headers.get("Connection", "keep-alive").lower() != "keep-alive":
        return None
    if len(received) - head.end() != int(length) or int(length) > limit_bytes:
        return None
    return PlainAnswer(int(head[1]), head[2].decode("ascii").strip(" "), headers, received[head.end() :])
