"""Where a command and a reply of Redis' protocol end, RESP2 and RESP3, so that a proxy can act on whole ones.

https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from typing import Final

_LINE_END: Final = b"\r\n"
_LINES: Final = b"+-:_#,("
_BLOBS: Final = b"$=!"
#: How many replies each element of an aggregate stands for.
_AGGREGATES: Final = {b"*"[0]: 1, b"~"[0]: 1, b">"[0]: 1, b"%"[0]: 2, b"|"[0]: 2}
#: A reply that nobody asked for: a message of a subscription.
PUSH: Final = b">"[0]


def end_of_reply(data: bytes | bytearray, start: int = 0) -> int | None:
    """Return where the reply that begins at `start` ends; None if the rest of it is still to come."""
    position, missing = start, 1
    while missing:
        end = data.find(_LINE_END, position)
        if end < 0:
            return None
        kind, text = data[position], bytes(data[position + 1 : end])
        position = end + len(_LINE_END)
        missing -= 1
        if kind in _LINES:
            continue
        count = int(text)
        if kind in _BLOBS:
            position += 0 if count < 0 else count + len(_LINE_END)
        elif count > 0:
            missing += count * _AGGREGATES[kind]
        if kind == b"|"[0]:
            # An attribute precedes the reply that it describes.
            missing += 1
    return position if position <= len(data) else None


def read_command(data: bytes | bytearray) -> tuple[list[bytes], int] | None:
    """Return a command's words and where it ends; None if the rest of it is still to come."""
    end = end_of_reply(data)
    if end is None:
        return None
    words = []
    position = data.find(_LINE_END) + len(_LINE_END)
    while position < end:
        after = data.find(_LINE_END, position)
        length = int(data[position + 1 : after])
        begin = after + len(_LINE_END)
        words.append(bytes(data[begin : begin + length]))
        position = begin + length + len(_LINE_END)
    return words, end
