"""One notice to a customer: its facts, and its text for people, plain and as HTML."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final, Self

from lessonhook.config import to_the_minute

_RIGHT_TO_LEFT: Final = frozenset({"ar"})


class NoticeTopic(StrEnum):
    """What a notice is about."""

    #: The endpoint has accepted nothing for LESSONHOOK_NOTICE_FAILING_AFTER_SECONDS.
    FAILING = "failing"
    #: An event's attempts were used up, and nothing more is sent.
    PAUSED = "paused"
    #: The endpoint accepts again, after a notice of one of the two above.
    BACK = "back"
    #: The oldest undelivered completion expires within LESSONHOOK_NOTICE_EXPIRING_DAYS.
    EXPIRING = "expiring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a notice says, before it has a language. Nothing in it is of a learner."""

    topic: NoticeTopic
    #: Seconds since 1970: when the trouble was seen first.
    since: float
    #: Completions that wait; for `back` those that came late.
    count: int = 0
    #: Seconds since 1970: when the oldest one expires; for `expiring` alone.
    until: float = 0.0
    #: How the last attempt ended, such as `status 503` or `timeout`; "" for `back`.
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerNotice:
    """What a mail server, or the function that LESSONHOOK_NOTICE_SENDER names, is given."""

    subscriber: str
    topic: NoticeTopic
    #: Those of the subscription's option `notice_addresses`; none if it is not set.
    addresses: tuple[str, ...]
    #: A language tag.
    language: str
    subject: str
    text: str
    html: str

    @classmethod
    def write(cls, subscriber: str, facts: Facts, addresses: tuple[str, ...], language: str, url: str | None) -> Self:
        """Write a notice in a language; with `url`, the page on which its reader sees more."""
        texts = texts_of(language)
        words = {"since": to_the_minute(facts.since), "until": to_the_minute(facts.until), "count": f"{facts.count}"}
        paragraphs = [texts[facts.topic].format(**words)]
        if facts.seen:
            paragraphs.append(texts["seen"].format(seen=seen_words(language, facts.seen)))
        if url:
            paragraphs.append(texts["look"].format(url=url))
        direction = "rtl" if language in _RIGHT_TO_LEFT else "ltr"
        inner = "".join(f"<p>{escape(each)}</p>" for each in paragraphs)
        if url:
            link = escape(url, quote=True)
            inner = inner.replace(escape(url), f'<a href="{link}" dir="ltr">{link}</a>')
        return cls(
            subscriber=subscriber,
            topic=facts.topic,
            addresses=addresses,
            language=language,
            subject=texts[f"{facts.topic}_subject"],
            text="\n\n".join(paragraphs) + "\n",
            html=f'<html lang="{language}" dir="{direction}"><body>{inner}</body></html>\n',
        )


@cache
def texts_of(language: str) -> dict[str, Any]:
    """Return the texts of a language."""
    place = files("lessonhook.worker.notices").joinpath("texts", f"{language}.json")
    texts: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return texts


def seen_words(language: str, seen: str) -> str:
    """Return how an attempt ended, as the customer's page says it; `seen` is as `Facts` has it."""
    reason, _, status = seen.partition(" ")
    known: dict[str, str] = texts_of(language)["reasons"]
    names = (status, f"{status[0]}xx") if status else (reason,)
    words = next((known[name] for name in names if name in known), known["other"])
    return words.format(status=status)
