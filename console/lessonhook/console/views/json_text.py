"""JSON with an item a line, as `json.dumps(…, indent=2)` writes it, several times faster.

With an indent, Python's encoder in C is not used: a document of 10,000 subscribers is put together of 1,400,000 pieces,
all of which are in memory at once. Here the encoder in C writes whatever has nothing nested in it.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

_INDENT: Final = "  "
#: What is written on one line, or nested.
_NESTED: Final = (dict, list, tuple)


def json_text(document: Any, *, in_ascii: bool, depth: int = 0) -> str:
    """Return a document as text; each line but the first begins with the indent of `depth` levels or more."""
    if not isinstance(document, _NESTED):
        return _encoder(depth, in_ascii=in_ascii).encode(document)
    opening, closing = "{}" if isinstance(document, dict) else "[]"
    if not document:
        return opening + closing
    inner, outer = "\n" + _INDENT * (depth + 1), "\n" + _INDENT * depth
    values = document.values() if isinstance(document, dict) else document
    if any(isinstance(value, _NESTED) for value in values):
        texts = [json_text(value, in_ascii=in_ascii, depth=depth + 1) for value in values]
        if isinstance(document, dict):
            texts = [f"{key}: {text}" for key, text in zip(_keys(document, in_ascii=in_ascii), texts, strict=True)]
        items = f",{inner}".join(texts)
    else:
        items = _encoder(depth, in_ascii=in_ascii).encode(document)[1:-1]
    return f"{opening}{inner}{items}{outer}{closing}"


def _keys(document: Mapping[Any, Any], *, in_ascii: bool) -> list[str]:
    encode = _encoder(0, in_ascii=in_ascii).encode
    # A number, true, false or null as a key is a text in JSON.
    return [encode(key) if isinstance(key, str) else f'"{encode(key)}"' for key in document]


@cache
def _encoder(depth: int, *, in_ascii: bool) -> json.JSONEncoder:
    """Return the encoder for what has nothing nested in it, and whose items stand below each other at this depth."""
    return json.JSONEncoder(ensure_ascii=in_ascii, separators=(",\n" + _INDENT * (depth + 1), ": "))
