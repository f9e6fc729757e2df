"""Makes characters visible that would steer a terminal or turn text around, wherever a text comes from.

Names, reasons, paths and bodies are chosen by companies and learners. An escape sequence in one of them could forge a
line, and a bidirectional mark could show it backwards.
"""

import re
from typing import Final

#: C0 controls, DEL and C1 controls, line and paragraph separators, marks of direction, halves of surrogate pairs.
#: A line end is among them: a text of others is one line.
_STEERING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_STEERING_BUT_LINE_ENDS: Final = re.compile(_STEERING.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))


def visible(text: str) -> str:
    """Return a text with each such character as JSON escapes it. JSON stays the same JSON."""
    return _STEERING.sub(_escaped, text)


def visible_lines(text: str) -> str:
    """Return lines as they are, and each other such character as `visible` does."""
    return _STEERING_BUT_LINE_ENDS.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
