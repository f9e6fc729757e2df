"""Reads the response that nearly every endpoint sends by one pattern: a status, plain headers, a body of known length.

http.client uses the parser for e-mails, which costs a tenth of a whole delivery. It reads every response that is not as
simple as this, or has not arrived whole.
"""

import re
from typing import Final

from requests.structures import CaseInsensitiveDict

from lessonhook.worker.client.raw_response import RawResponse

#: Statuses below 200 are interim. 204 and 304 have no body, whatever their headers say.
_HEAD: Final = re.compile(
    rb"HTTP/1\.1 ((?!204|304)[2-9][0-9]{2}) ?([ -~]*)\r\n((?:[A-Za-z0-9-]{1,64}:[ -~]{0,1024}\r\n){1,64})\r\n"
)
_LENGTH: Final = re.compile(r"[0-9]{1,6}")
#: With one of these headers, the length alone does not say where the response ends.
_NOT_SIMPLE: Final = ("Transfer-Encoding", "Content-Encoding", "Upgrade", "Trailer")


def read_fast(received: bytes, limit_bytes: int) -> RawResponse | None:
    """Return the response if the bytes are one whole simple response and nothing else; otherwise None."""
    head = _HEAD.match(received)
    if head is None:
        return None
    lines = head[3].decode("ascii").split("\r\n")[:-1]
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
    for line in lines:
        name, _, value = line.partition(":")
        headers[name] = value.strip(" ")
    # A header that occurs twice is one entry.
    if len(headers) < len(lines) or any(name in headers for name in _NOT_SIMPLE):
        return None
    length = headers.get("Content-Length", "")
    if not _LENGTH.fullmatch(length) or headers.get("Connection", "keep-alive").lower() != "keep-alive":
        return None
    if len(received) - head.end() != int(length) or int(length) > limit_bytes:
        return None
    phrase = head[2].decode("ascii").strip(" ")
    return RawResponse(int(head[1]), phrase, headers, received[head.end() :], reusable=True)
