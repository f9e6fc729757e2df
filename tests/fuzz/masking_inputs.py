"""What was sent and what came back, as the search for the costliest comparison varies them."""

import html
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any, Final
from urllib.parse import quote, quote_plus

from lessonhook.ledger.subscriptions import Subscription
from lessonhook.worker.client import Post

#: Pieces that texts and responses are built from: plain, escaped by every format, folded to more characters.
PIECES: Final = (
    "a",
    "ab",
    " ",
    "<",
    "&",
    "'",
    '"',
    "/",
    "+",
    "%",
    "\\",
    "\n",
    "\x01",
    "ä",
    "ß",
    "ﬃ",
    "İ",
    "ΐ",
    "日",
    "K",
    "😀",
)
_WRITTEN: Final[dict[str, Callable[[str], str]]] = {
    "plain": str,
    "html": html.escape,
    "entities": lambda text: "".join(f"&#{ord(each)};" for each in text),
    "names": lambda text: text.replace("a", "&ab").replace("<", "&lt"),
    "json": lambda text: json.dumps(text)[1:-1],
    "url": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "bytes": lambda text: "".join(f"%{each:02x}" for each in text.encode()),
    "upper": str.upper,
}
_BYTES: Final = (
    b"",
    b"\xe4" * 400,
    b" \xe4" * 2_000,
    b"&" * 500,
    b"&ab" * 170,
    b"".join(b"&%s%c;" % (b"a" * 29, each) for each in range(97, 107)),
    b"&lt; %41+ \\u0041 &amp; %42 \\n" * 10,
    b"\\" * 512,
    b"+" * 512,
)
_AUTHORIZATIONS: Final = ("Token abc", "abc " * 1_024, "a a a " * 600, "a a a " * 300, "Basic " + "YWFh" * 900)
#: The longest body that an LMS can publish.
_BODY_BYTES: Final = 262_144


@dataclass(frozen=True)
class Case:
    """A body of `count` texts (an event has at most 200 custom fields), and a response that repeats a part of them."""

    count: int = 200
    length: int = 100
    head: str = "aaa"
    filling: str = "a"
    tail: str = ""
    #: Each text is shorter than the one before by so many characters.
    step: int = 1
    written: tuple[str, ...] = ("plain",)
    echo_length: int = 500
    echo_tail: str = ""
    echo_bytes: bytes = b""
    query_values: int = 0
    query_value: str = "abc"
    authorization: str = "Token abc"
    #: Whether the body has each character beyond ASCII as an escape.
    escaped_body: bool = False
    cut: bool = False

    def texts(self) -> list[str]:
        """Return the texts of the body."""
        lengths = (max(3, self.length - self.step * number) for number in range(self.count))
        return [(self.head + self.filling * length)[:length] + self.tail for length in lengths]

    def post(self) -> Post:
        """Return the attempt that was sent."""
        url = "https://h.example/?" + "&".join(f"a={self.query_value}" for _ in range(self.query_values))
        texts = self.texts()
        while len(body := json.dumps(texts, ensure_ascii=self.escaped_body).encode()) > _BODY_BYTES:
            texts = texts[: len(texts) // 2]
        subscription = Subscription.model_construct(
            **Subscription(
                subscriber="acme", callback_url=url[:8_000].rstrip("%"), authorization=self.authorization[:4_096]
            ).model_dump()
        )
        return Post(event_id="1", subscription=subscription, body=body)

    def response(self) -> bytes:
        """Return what the endpoint sends back."""
        echo = (self.head + self.filling * self.echo_length)[: self.echo_length] + self.echo_tail
        return b"".join(_WRITTEN[name](echo).encode() for name in self.written)[:6_000] + self.echo_bytes

    def varied(self, random: Random) -> "Case":
        """Return a case that differs in one to three things."""
        choices: dict[str, Callable[[], Any]] = {
            "count": lambda: random.choice((1, 10, 63, 200)),
            "length": lambda: random.choice((3, 4, 10, 64, 99, 200, 310, 512, 1_290, 4_096)),
            "head": lambda: _some(random, 12),
            "filling": lambda: _some(random, 3) or "a",
            "tail": lambda: _some(random, 3),
            "step": lambda: random.choice((0, 1, 4)),
            "written": lambda: tuple(random.choices(sorted(_WRITTEN), k=random.randint(1, 6))),
            "echo_length": lambda: random.choice((0, 20, 80, 170, 310, 512, 4_000)),
            "echo_tail": lambda: _some(random, 8),
            "echo_bytes": lambda: random.choice(_BYTES),
            "escaped_body": lambda: random.random() < 0.5,
            "query_values": lambda: random.choice((0, 100, 500, 700, 1_000, 2_000)),
            "query_value": lambda: random.choice(("abc", "%41%41%41", "a" * 60, "a+b%2")),
            "authorization": lambda: random.choice(_AUTHORIZATIONS),
            "cut": lambda: random.random() < 0.5,
        }
        changed = random.sample(sorted(choices), k=random.randint(1, 3))
        return replace(self, **{name: choices[name]() for name in changed})

    def __str__(self) -> str:
        """Return what differs from the simplest case."""
        simple = asdict(Case())
        return ", ".join(f"{name}={str(value)[:60]!r}" for name, value in asdict(self).items() if value != simple[name])


def _some(random: Random, most: int) -> str:
    return "".join(random.choices(PIECES, k=random.randint(0, most)))
