"""How the last try of a subscriber's endpoint ended, so that a page can tell it while nothing was accepted yet.

A try is an errand with the sample. Its lane is not told of it, and the errand itself is kept for an hour only.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.transitions.keys import key
from lessonhook.ledger.transitions.results import Kind

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.redis.vault import Vault
    from lessonhook.ledger.subscriptions.subscription import Subscription
    from lessonhook.ledger.transitions.results import Outcome

#: A company that has not tried again for 30 days begins anew.
_LIFE_SECONDS: Final = 30 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """How one try ended. Nothing of the response is kept."""

    accepted: bool
    #: A `Reason`, or one that a newer release added.
    reason: str
    #: The HTTP status; None if no response came.
    status: int | None


class Tries:
    """The last tries of one ledger; every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, redis: "Redis", vault: "Vault") -> None:
        self._redis = redis
        self._vault = vault

    def note(self, subscription: "Subscription", outcome: "Outcome") -> None:
        """Write down how a try of this subscription's endpoint ended, in place of the one before."""
        name = key("last-try", subscription.subscriber)
        facts: dict[Any, Any] = {
            "endpoint": self._endpoint(subscription),
            "accepted": int(outcome.kind is Kind.ACCEPTED),
            "reason": str(outcome.reason),
            "status": "" if outcome.status is None else outcome.status,
        }
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hset(name, mapping=facts)
            pipeline.expire(name, _LIFE_SECONDS)
            pipeline.execute()

    def last(self, subscription: "Subscription") -> Try | None:
        """Return how the last try ended; None if the present URL and credentials were not tried."""
        stored: Any = self._redis.hgetall(key("last-try", subscription.subscriber))
        if stored.get(b"endpoint", b"").decode() != self._endpoint(subscription):
            return None
        status = stored[b"status"].decode()
        return Try(
            accepted=stored[b"accepted"] == b"1",
            reason=stored[b"reason"].decode(),
            status=int(status) if status else None,
        )

    def _endpoint(self, subscription: "Subscription") -> str:
        return self._vault.fingerprint(subscription.endpoint_digest())
