"""Keeps in Redis which notices each customer got, and which one is to be sent, so that many workers send each once."""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from lessonhook.worker.notices.notice_text import Facts, NoticeTopic

if TYPE_CHECKING:
    from redis import Redis

_KEY: Final = "lessonhook:customer-notices"
#: Longer than any trouble lasts: by then the completions have expired.
_LIFE_SECONDS: Final = 60 * 86_400
_TOPICS: Final = frozenset(NoticeTopic)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeState:
    """One customer's trouble. All times are seconds since 1970, and 0 for never."""

    #: When the present trouble was seen first.
    trouble_since: float = 0.0
    #: Since when it is over, if there was no notice of that yet.
    well_since: float = 0.0
    #: The worst notice of the present trouble; None if there was none.
    topic: NoticeTopic | None = None
    #: Whether there was a notice that what waits expires soon.
    is_expiring: bool = False
    #: Late deliveries that were counted on the day of the first sight, before it.
    late_before: int = 0
    #: The day (since 1970) of the count that follows.
    day: int = 0
    #: Notices of that day.
    sent: int = 0
    #: What is to be sent; None if nothing is.
    pending: Facts | None = None
    #: How often that failed to be sent, and when it is tried next.
    failures: int = 0
    next_try: float = 0.0

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to remember but today's count."""
        return not self.trouble_since and not self.is_expiring and self.pending is None

    def write(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def read(cls, written: bytes) -> Self:
        """Read it; a field or a topic of another release is left out, because one must not end the list of all."""
        stored: dict[str, Any] = json.loads(written)
        known = {name: value for name, value in stored.items() if name in cls.__dataclass_fields__}
        if known.get("topic") not in _TOPICS:
            known["topic"] = None
        pending = known.get("pending") or {}
        if pending.get("topic") in _TOPICS:
            facts = {name: value for name, value in pending.items() if name in Facts.__dataclass_fields__}
            known["pending"] = Facts(**{**facts, "topic": NoticeTopic(pending["topic"])})
        else:
            known["pending"] = None
        if known["topic"] is not None:
            known["topic"] = NoticeTopic(known["topic"])
        return cls(**known)


class NoticeStates:
    """The states of all customers. Every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def read(self) -> dict[str, NoticeState]:
        """Return the state of each customer that is or was in trouble today."""
        stored: Any = self._redis.hgetall(_KEY)
        return {name.decode(): NoticeState.read(written) for name, written in stored.items()}

    def write(self, subscriber: str, state: NoticeState | None) -> None:
        """Keep the state of a customer; None removes it."""
        if state is None:
            self._redis.hdel(_KEY, subscriber)
            return
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hset(_KEY, subscriber, state.write())
            pipeline.expire(_KEY, _LIFE_SECONDS)
            pipeline.execute()
