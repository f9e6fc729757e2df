"""Silences in words: which subscribers' completions stopped, and whether the whole LMS publishes nothing any more."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Self

from lessonhook.desk.views.document import Document, Moment

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger, Silence


class _Silent(Document):
    """A silence that is unusual, as a worker found it at its last look."""

    #: When the last completion was recorded.
    since: Moment
    #: When a worker noticed the silence.
    noticed: Moment
    #: How often in a year so long a silence is to be expected.
    per_year: float
    #: The silence in a sentence: since when, and how unusual.
    words: str


class QuietSubscriber(_Silent):
    """A subscriber whose completions used to come and stopped."""

    #: Completions that usually come on as many whole days.
    expected: float
    #: Whether several subscribers fell silent within days of each other: holidays, or one cause.
    together: bool

    @classmethod
    def of(cls, silence: "Silence") -> Self:
        """Make it of what the ledger has."""
        words = silence.words(_now_ms())
        if silence.together:
            words = f"fell silent together with others: {words}"
        return cls(
            since=silence.since,
            noticed=silence.noticed,
            per_year=silence.per_year,
            words=words,
            expected=silence.expected,
            together=silence.together,
        )


class QuietLms(_Silent):
    """An LMS that publishes nothing any more, for any subscriber."""

    @classmethod
    def of(cls, silence: "Silence") -> Self:
        """Make it of what the ledger has."""
        return cls(
            since=silence.since,
            noticed=silence.noticed,
            per_year=silence.per_year,
            words=f"the LMS has published {silence.words(_now_ms(), '')}",
        )


class QuietNow(NamedTuple):
    """All unusual silences at one moment."""

    #: None while the LMS publishes as usual.
    lms: QuietLms | None
    #: By subscriber.
    subscribers: Mapping[str, QuietSubscriber]

    def of(self, subscriber: str) -> QuietSubscriber | None:
        """Return the silence of one subscriber; None if it is not quiet."""
        return self.subscribers.get(subscriber)

    @classmethod
    def read(cls, ledger: "Ledger") -> Self:
        """Read what a worker found; nothing if none has looked within the last hour."""
        quiet = ledger.silences.read(ledger.now_ms())
        return cls(
            QuietLms.of(quiet.lms) if quiet.lms else None,
            {name: QuietSubscriber.of(silence) for name, silence in quiet.subscribers.items()},
        )


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
