"""Every lane at a glance, for thousands of them: who is in trouble is told by a few marks, not by asking each one."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from redis import Redis

from lessonhook.ledger.keys import key
from lessonhook.ledger.scripts import source
from lessonhook.ledger.status import LaneStatus

if TYPE_CHECKING:
    from lessonhook.ledger.ledger import Ledger

#: Lanes that are asked in one round trip: a pipeline's answers wait in Redis' memory until all are there.
_AT_ONCE: Final = 500
#: What tells of trouble in a lane that has nothing undelivered.
_SIGNS: Final = ("paused_op", "paused_x", "fails")


class Overview:
    """The lanes of one ledger, seen together."""

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger
        self._redis = ledger.redis
        self._status = self._redis.register_script(source("status", ledger.policy))

    def statuses(self, subscribers: Iterable[str]) -> list[LaneStatus]:
        """Read lanes, in the order of their names, hundreds in a round trip."""
        names = list(subscribers)
        if not isinstance(self._redis, Redis):
            # A pipeline of Redis Cluster's runs no scripts.
            return [self._ledger.status(name) for name in names]
        lanes = []
        for first in range(0, len(names), _AT_ONCE):
            chunk = names[first : first + _AT_ONCE]
            with self._redis.pipeline(transaction=False) as pipeline:
                for name in chunk:
                    self._status(
                        keys=[key("lane", name)], args=[str(self._ledger.clock_ahead_ms), name], client=pipeline
                    )
                replies = pipeline.execute()
            lanes += [LaneStatus.read(name, reply) for name, reply in zip(chunk, replies, strict=True)]
        return lanes

    def notable(self, subscribers: Sequence[str]) -> set[str]:
        """Name all that have undelivered events, a pause or a failure: each costs Redis a few microseconds to tell.

        Some that have nothing of the kind any more may be among them, until the sweep has looked at their lanes.
        """
        return set(self._ledger.busy_subscribers()) | set(self._signs(subscribers))

    def _signs(self, subscribers: Sequence[str]) -> Iterable[str]:
        waiting = iter(subscribers)
        while chunk := list(islice(waiting, _AT_ONCE)):
            with self._redis.pipeline(transaction=False) as pipeline:
                for name in chunk:
                    pipeline.hmget(key("lane", name), list(_SIGNS))
                answers: list[Any] = pipeline.execute()
            for name, signs in zip(chunk, answers, strict=True):
                if any(sign not in {None, b"0"} for sign in signs):
                    yield name
