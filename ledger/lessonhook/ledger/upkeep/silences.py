"""Keeps which subscribers are quiet, and whether the whole LMS is, as a worker found it at its last look.

Subscribers are quiet if their completions used to come and stopped. That is no fault of their endpoints.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from lessonhook.ledger.views.moments import moment

if TYPE_CHECKING:
    from redis import Redis

_KEY: Final = "lessonhook:silences"
#: What is known is forgotten if no worker has looked for this long.
_LIFE_SECONDS: Final = 7 * 86_400
#: What no worker has looked at for this long says nothing about now.
_FRESH_MS: Final = 3_600_000
#: Fields of the same hash. No subscriber has a slash in its name.
_LMS: Final = "/lms"
_LOOKED: Final = "/looked"
#: Shorter silences are shown in minutes, longer ones in hours or days.
_MINUTES_SHOWN: Final = 100
_HOURS_SHOWN: Final = 48
#: What is rarer is not known any better: it was learned from weeks.
_YEARS_SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One silence. Times are on Redis' clock, in milliseconds since 1970."""

    #: When the last completion was recorded.
    since_ms: int
    #: When a worker noticed it.
    noticed_ms: int
    #: How often in a year so long a silence is to be expected, with what was learned.
    per_year: float
    #: Completions that usually come in such a time; of the whole LMS: spans of five minutes with a completion.
    expected: float
    #: The last hour (since 1970) in which others were silent that fell silent within days of it; None if it is alone.
    with_others_hour: int | None = None

    @property
    def since(self) -> datetime:
        """When the last completion was recorded."""
        return moment(self.since_ms)

    @property
    def noticed(self) -> datetime:
        """When a worker noticed it."""
        return moment(self.noticed_ms)

    @property
    def together(self) -> bool:
        """Whether several subscribers fell silent within days of each other."""
        return self.with_others_hour is not None

    def words(self, now_ms: int, usually: str = "some {:,.0f} completions usually come in such a time") -> str:
        """Return since when, and how unusual it is, in a sentence; `usually` has a place for `expected`."""
        parts = [f"nothing since {self.since:%a %Y-%m-%d %H:%M} UTC ({_span(now_ms - self.since_ms)})"]
        if usually and round(self.expected):
            parts.append(usually.format(self.expected))
        return "; ".join([*parts, f"so long a silence is expected {_how_often(self.per_year)}"])

    def write(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def read(cls, written: bytes) -> Self:
        """Read it; a field that another release has is left out."""
        stored: dict[str, Any] = json.loads(written)
        return cls(**{name: value for name, value in stored.items() if name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """All silences at one moment."""

    #: None while the LMS publishes as usual.
    lms: Silence | None = None
    #: By subscriber.
    subscribers: Mapping[str, Silence] = field(default_factory=dict)


def _span(milliseconds: int) -> str:
    minutes = max(0, milliseconds) // 60_000
    if minutes < _MINUTES_SHOWN:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < _HOURS_SHOWN * 60 else f"{minutes // 1_440} days"


def _how_often(per_year: float) -> str:
    if per_year >= 1:
        return f"{per_year:.0f} times a year"
    years = 1 / max(per_year, 1 / _YEARS_SHOWN)
    return f"once in {years:.0f} years" if years < _YEARS_SHOWN else f"less than once in {_YEARS_SHOWN} years"


class Silences:
    """The silences of one ledger. Every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def read(self, now_ms: int | None = None) -> Quiet:
        """Return what was found at the last look; with the time, nothing if that was more than an hour ago."""
        stored: Any = self._redis.hgetall(_KEY)
        looked_ms = int(stored.pop(_LOOKED.encode(), 0))
        if now_ms is not None and now_ms - looked_ms > _FRESH_MS:
            return Quiet()
        lms = stored.pop(_LMS.encode(), None)
        return Quiet(
            lms=Silence.read(lms) if lms else None,
            subscribers={name.decode(): Silence.read(written) for name, written in sorted(stored.items())},
        )

    def write_lms(self, silence: Silence | None, now_ms: int) -> None:
        """Keep what was found of the whole LMS at a look."""
        self._write({_LMS: silence}, now_ms)

    def write(self, found: Mapping[str, Silence | None], now_ms: int) -> None:
        """Keep what was found of subscribers at a look; None forgets one."""
        self._write(found, now_ms)

    def _write(self, found: Mapping[str, Silence | None], now_ms: int) -> None:
        written: dict[Any, Any] = {_LOOKED: str(now_ms)}
        written |= {name: silence.write() for name, silence in found.items() if silence is not None}
        ended = [name for name, silence in found.items() if silence is None]
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hset(_KEY, mapping=written)
            if ended:
                pipeline.hdel(_KEY, *ended)
            pipeline.expire(_KEY, _LIFE_SECONDS)
            pipeline.execute()
