"""Reads a response as HTML, JSON or a URL would be read, so that an echo is found however it is written.

A reading is compared with the texts themselves. Writing each text in every form would cost the number of texts times
the number of forms; a response is read at most eight times, however many texts were sent.
"""

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import unquote

from lessonhook.worker.client.masking_effort import Effort

#: Characters by which a text is looked up in a reading. A shorter text is not masked.
SEED: Final = 3
_STEPS_AN_ESCAPE: Final = 10
#: For an escape that was not met before, and for each of its characters: an unknown name is looked up with each of its
#: beginnings.
_STEPS_TO_READ: Final = 30
_STEPS_A_CHARACTER: Final = 2
#: For a search through a whole reading, and for each place that it finds.
_STEPS_A_SEED: Final = 25
_STEPS_A_PLACE: Final = 2
#: Outside of ASCII each character is folded by itself, because one may become two or three.
_STEPS_A_FOLD: Final = 2
_HTML: Final = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});?")
_JSON: Final = re.compile(r'\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\u[0-9a-f]{4}|\\["\\/bfnrt]')
#: One character of UTF-8, each of its bytes escaped.
_URL: Final = re.compile(
    "%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-7](?:%[89ab][0-9a-f]){3}"
)
#: The beginning of an escape at the end of a response that was cut.
_BEGUN: Final = re.compile(
    r"(?:&[#0-9a-z]{0,32}"
    r"|\\(?:u[0-9a-f]{0,3})?|\\ud[89ab][0-9a-f]{2}(?:\\(?:u[0-9a-f]{0,3})?)?"
    r"|%[c-f][0-9a-f](?:%[89ab][0-9a-f]){0,2}(?:%[0-9a-f]?)?|%[0-9a-f]?)\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """A text without case and without one kind of escapes."""

    text: str
    #: The place in the response at which each character begins, and at last the response's end.
    starts: Sequence[int]

    @cached_property
    def seeds(self) -> frozenset[str]:
        """Every three characters that follow each other in it: most texts are no echo, and need no other search."""
        text = self.text
        return frozenset(map("".join, zip(text, text[1:], text[2:], strict=False)))

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        return {}

    def places(self, seed: str, effort: Effort) -> list[int]:
        """Return where three characters stand in it."""
        known = self._places.get(seed)
        if known is not None:
            return known
        found: list[int] = []
        at = self.text.find(seed)
        while at >= 0:
            found.append(at)
            at = self.text.find(seed, at + 1)
        effort.spend(_STEPS_A_SEED + len(found) * _STEPS_A_PLACE)
        self._places[seed] = found
        return found

    def place(self, begin: int, end: int) -> tuple[int, int]:
        """Return where the characters from `begin` to `end` stand in the response."""
        last = self.starts[end - 1]
        while self.starts[end] == last:
            end += 1
        return self.starts[begin], self.starts[end]


def without_begun_escape(text: str) -> str:
    """Return a text that was cut without the half of an escape or a character at its end."""
    return _BEGUN.sub("", text.rstrip("\ufffd"))


def readings(text: str, effort: Effort) -> Iterator[Reading]:
    """Yield the text as it is, and as each format reads it that has an escape in it; then JSON within those formats."""
    plain = _without_case(text, effort)
    ways = [plain]
    if "&" in text:
        ways.append(_unescaped(plain, _HTML, html.unescape, effort)[0])
    if "%" in text or "+" in text:
        ways += _unescaped(plain, _URL, unquote, effort)
    for way in ways:
        effort.spend(len(way.text))
        yield way
        if "\\" in way.text:
            effort.spend(len(way.text))
            yield _unescaped(way, _JSON, _of_json, effort)[0]


def _without_case(text: str, effort: Effort) -> Reading:
    if text.isascii():
        return Reading(text.lower(), range(len(text) + 1))
    effort.spend(len(text) * _STEPS_A_FOLD)
    folded = [character.casefold() for character in text]
    starts = [place for place, characters in enumerate(folded) for _ in characters]
    return Reading("".join(folded), [*starts, len(text)])


def _of_json(escape: str) -> str:
    read: str = json.loads(f'"{escape}"')
    return read


def _unescaped(
    plain: Reading, escapes: re.Pattern[str], read: Callable[[str], str], effort: Effort
) -> tuple[Reading, Reading]:
    """Return the text with each escape replaced; and the same as a form writes it, with `+` for a blank."""
    parts: list[str] = []
    in_form: list[str] = []
    starts: list[int] = []
    at = 0
    known: dict[str, str] = {}
    for match in escapes.finditer(plain.text):
        characters = known.get(match[0])
        if characters is None:
            effort.spend(_STEPS_TO_READ + len(match[0]) * _STEPS_A_CHARACTER)
            characters = known[match[0]] = read(match[0]).casefold()
        effort.spend(_STEPS_AN_ESCAPE)
        before = plain.text[at : match.start()]
        parts += (before, characters)
        in_form += (before.replace("+", " "), characters)
        starts += plain.starts[at : match.start()]
        starts += [plain.starts[match.start()]] * len(characters)
        at = match.end()
    rest = plain.text[at:]
    starts += plain.starts[at:]
    return Reading("".join((*parts, rest)), starts), Reading("".join((*in_form, rest.replace("+", " "))), starts)
