"""Errands: POSTs that a person asked for and that a worker makes, because an LMS's web process POSTs to no stranger.

The message names the errand only. What to POST, and how each POST ended, stands here for an hour.
"""

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.transitions.attempt_log import attempt_line
from lessonhook.ledger.transitions.event_id import TEST_PREFIX
from lessonhook.ledger.transitions.keys import key
from lessonhook.ledger.views.attempts import Attempt
from lessonhook.ledger.views.moments import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis import Redis

    from lessonhook.ledger.redis.vault import Vault
    from lessonhook.ledger.transitions.results import Outcome

#: A page shows the result within seconds; nobody asks for it after this long.
_LIFE_SECONDS: Final = 3_600
#: POSTs that people may ask for in one minute and for one subscriber, so that no button becomes a flood.
POSTS_A_MINUTE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandPost:
    """How one POST of an errand ended."""

    #: The `webhook-id`: that of the event, or a new one of the sample.
    event_id: str
    #: How it ended; None if nothing was sent.
    attempt: Attempt | None
    #: Why nothing was sent; "" if it was.
    skipped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One errand at one moment."""

    subscriber: str
    errand_id: str
    #: Who asked for it.
    by: str
    asked: datetime
    #: The events to send again; for a sample, its one `webhook-id`.
    event_ids: tuple[str, ...]
    #: The body of the sample; None if stored events are sent again.
    sample: bytes | None = field(repr=False)
    #: The worker that has it; "" while none has taken it.
    worker: str
    #: Those that have ended, in order.
    posts: tuple[ErrandPost, ...]

    @property
    def done(self) -> bool:
        """Whether all of its POSTs have ended."""
        return len(self.posts) == len(self.event_ids)


class Errands:
    """The errands of one ledger; every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, redis: "Redis", vault: "Vault") -> None:
        self._redis = redis
        self._vault = vault

    def ask(
        self, subscriber: str, *, by: str, event_ids: "Sequence[str]" = (), sample: bytes | None = None
    ) -> str | None:
        """Write an errand down and return its id; None if too many POSTs were asked for in this minute."""
        errand_id = str(uuid.uuid4())
        ids = list(event_ids) if sample is None else [f"{TEST_PREFIX}{errand_id}"]
        limit = key("errands-asked", subscriber)
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.incrby(limit, len(ids))
            pipeline.expire(limit, 60, nx=True)
            asked_for, _ = pipeline.execute()
        if asked_for > POSTS_A_MINUTE:
            return None
        seconds, microseconds = self._redis.time()
        facts = {
            "by": by,
            "asked": int(seconds) * 1000 + int(microseconds) // 1000,
            "event_ids": ids,
            "sample": None if sample is None else sample.decode(),
        }
        name = key("errand", subscriber, errand_id)
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hset(name, "document", self._vault.seal(json.dumps(facts).encode(), name))
            pipeline.expire(name, _LIFE_SECONDS)
            pipeline.execute()
        return errand_id

    def get(self, subscriber: str, errand_id: str) -> Errand | None:
        """Read an errand; None if there is none, or no longer."""
        name = key("errand", subscriber, errand_id)
        stored: Any = self._redis.hgetall(name)
        if b"document" not in stored:
            return None
        facts = json.loads(self._vault.open(stored[b"document"], name))
        fields = [f"post:{number}" for number in range(len(facts["event_ids"]))]
        sealed = [(stored[at], f"{name}/{each}") for each in fields if (at := each.encode()) in stored]
        return Errand(
            subscriber=subscriber,
            errand_id=errand_id,
            by=facts["by"],
            asked=moment(facts["asked"]),
            event_ids=tuple(facts["event_ids"]),
            sample=None if facts["sample"] is None else facts["sample"].encode(),
            worker=stored.get(b"worker", b"").decode(),
            posts=tuple(_read(self._vault.open(post, place)) for post, place in sealed),
        )

    def take(self, subscriber: str, errand_id: str, *, worker: str) -> Errand | None:
        """Give an errand to a worker; None if it is gone or another one has it.

        An errand is run once at most: a person who sees no result can ask again, and a repeated POST could harm.
        """
        errand = self.get(subscriber, errand_id)
        if errand is None or not self._redis.hsetnx(key("errand", subscriber, errand_id), "worker", worker):
            return None
        return errand

    def ended(self, errand: Errand, number: int, outcome: "Outcome | None", *, skipped: str = "") -> None:
        """Write down how the POST of this number ended, or why it was not made."""
        facts = {
            "event_id": errand.event_ids[number],
            "attempt": None if outcome is None else attempt_line(outcome, errand.by),
            "skipped": skipped,
            "at": self._redis.time()[0] * 1000,
        }
        name, field_name = key("errand", errand.subscriber, errand.errand_id), f"post:{number}"
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hset(name, field_name, self._vault.seal(json.dumps(facts).encode(), f"{name}/{field_name}"))
            pipeline.expire(name, _LIFE_SECONDS)
            pipeline.execute()

    def forget(self, subscriber: str, errand_id: str) -> None:
        """Delete an errand that could not be published."""
        self._redis.delete(key("errand", subscriber, errand_id))


def _read(stored: bytes) -> ErrandPost:
    facts = json.loads(stored)
    line = facts["attempt"]
    attempt = None if line is None else Attempt.read(f"{facts['at']} {line}".encode())
    return ErrandPost(event_id=facts["event_id"], attempt=attempt, skipped=facts["skipped"])
