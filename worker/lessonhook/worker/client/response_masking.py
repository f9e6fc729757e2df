"""Masks a response before it is shown. An endpoint may echo what it was sent, and that must not be in a log.

The work is bounded, because the endpoint and the company can choose what costs the most: the first characters of the
response are compared with what was sent in a bounded number of steps. If those are not enough, nothing is shown.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from lessonhook.worker.client.masking_effort import Effort, TooCostly
from lessonhook.worker.client.post import Post
from lessonhook.worker.client.sent_texts import sent_texts
from lessonhook.worker.client.written_forms import SEED, Reading, readings, without_begun_escape

SHOWN_CHARACTERS: Final = 200
#: Shown in place of a response whose comparison with what was sent would take too long.
NOT_SHOWN: Final = "(not shown: it repeats too much of what was sent)"
#: The part of a response that is decoded. More than is shown, because runs of blanks become one.
_DECODED_BYTES: Final = 4_096
#: The part that is compared with what was sent. More than is shown, because a long echo becomes three characters.
_COMPARED_CHARACTERS: Final = 320
_MASK: Final = "***"
#: Such a text looks the same in HTML, in JSON and in a URL.
_PLAIN: Final = re.compile(r"[\w.-]*", re.ASCII)
_STEPS_A_TEXT: Final = 9
_STEPS_AN_ECHO: Final = 18
_STEPS_TO_MISREAD: Final = 30
_STEPS_A_PLACE: Final = 2
#: Characters that are compared in one step, where Python has to compare them one by one.
_COMPARED_A_STEP: Final = 100
_STEPS_A_BEGINNING: Final = 5
_STEPS_A_MASK: Final = 8
#: Characters that are folded in one step.
_FOLDED_A_STEP: Final = 4


def shown(response: bytes, post: Post, *, credentials: Iterable[str] = (), cut: bool = False) -> str:
    """Return the first characters of a response, without control characters and without anything that was sent.

    `credentials` were sent in addition to the subscription's. `cut` means that a part of the response was not read.
    """
    text = response[:_DECODED_BYTES].decode("utf-8", "replace").lstrip()
    cut = cut or len(response) > _DECODED_BYTES or len(text) > _COMPARED_CHARACTERS
    text = text[:_COMPARED_CHARACTERS]
    if len(text) >= SEED:
        text = without_begun_escape(text) if cut else text
        try:
            text = _masked(text, post, credentials, cut=cut)
        except TooCostly:
            return NOT_SHOWN
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())[:SHOWN_CHARACTERS]


def _masked(text: str, post: Post, credentials: Iterable[str], *, cut: bool) -> str:
    """Mask each text that was sent: in upper and lower case, as it is and as HTML, JSON and URLs write it.

    If the response was cut, the beginning of such a text at its end is masked too.
    """
    effort = Effort()
    ways = list(readings(text, effort))
    # Most texts are no echo: one look into this set is all that they cost.
    seeds = frozenset[str]().union(*(way.seeds for way in ways))
    in_latin_1 = "\ufffd" in text
    echoes: list[tuple[int, int]] = []
    for each in sent_texts(post, credentials, effort):
        effort.spend(_STEPS_A_TEXT)
        if len(each) < SEED:
            continue
        if _seed(each) in seeds:
            echoes += _echoes(each, ways, effort, cut=cut)
        if in_latin_1 and not each.isascii():
            # A page in Latin-1 is read as UTF-8.
            effort.spend(_STEPS_TO_MISREAD)
            read = each[:_COMPARED_CHARACTERS].encode("latin-1", "replace").decode("utf-8", "replace")
            echoes += _echoes(read, ways, effort, cut=cut)
    return _without(text, echoes)


def _seed(sent: str) -> str:
    """Return the characters by which a text is looked up in a reading."""
    return sent[:SEED].casefold()[:SEED]


def _echoes(sent: str, ways: list[Reading], effort: Effort, *, cut: bool) -> Iterator[tuple[int, int]]:
    """Yield each place of the response at which a text that was sent stands."""
    seed = _seed(sent)
    candidates = [way for way in ways if seed in way.seeds]
    if not candidates:
        return
    sent = sent[:_COMPARED_CHARACTERS]
    effort.spend(_STEPS_AN_ECHO + len(sent) // _FOLDED_A_STEP)
    folded = sent.casefold()
    for way in ways[:1] if _PLAIN.fullmatch(sent) else candidates:
        places = way.places(seed, effort)
        effort.spend(len(places) * (_STEPS_A_PLACE + len(folded) // _COMPARED_A_STEP))
        for at in places:
            if way.text.startswith(folded, at):
                end = at + len(folded)
            elif cut and at + len(folded) > len(way.text):
                effort.spend(_STEPS_A_BEGINNING)
                if not folded.startswith(way.text[at:]):
                    continue
                end = len(way.text)
            else:
                continue
            effort.spend(_STEPS_A_MASK)
            yield way.place(at, end)


def _without(text: str, echoes: list[tuple[int, int]]) -> str:
    """Replace each echo by asterisks; echoes that overlap are one."""
    parts: list[str] = []
    at = masked_to = 0
    for begin, end in sorted(echoes):
        if begin >= masked_to:
            parts += (text[at:begin], _MASK)
        at = masked_to = max(masked_to, end)
    return "".join((*parts, text[at:]))
