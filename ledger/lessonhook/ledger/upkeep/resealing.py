"""Seals stored values again: after a change of keys, or when an installation gets its first one.

Subscriptions never expire, and bodies take weeks to. Until they are sealed again, the former key is needed.
"""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.redis.vault import SEAL_BYTES
from lessonhook.ledger.transitions.keys import every_key, key

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.redis.vault import Vault
    from lessonhook.ledger.subscriptions.store import SubscriptionStore

#: Bodies that are looked at in one round trip.
_AT_ONCE: Final = 500
#: Replaces a document unless it was saved again since it was read.
_REPLACE_DOCUMENT: Final = """
if redis.call('HGET', KEYS[1], 'document') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'document', ARGV[2], 'endpoint_digest', ARGV[3])
return 1
"""
#: Replaces a body and keeps its lifetime, unless it was erased since it was read.
_REPLACE_BODY: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""


class Resealing:
    """The values of one ledger that are not stored as its vault would store them now: plain, or by a former key.

    Every call may raise `redis.exceptions.RedisError`. Sealing raises `Undecipherable` for a value that must not be
    read.
    """

    def __init__(self, redis: "Redis", vault: "Vault", subscriptions: "SubscriptionStore") -> None:
        self._redis = redis
        self._vault = vault
        self._subscriptions = subscriptions
        self._replace_document = redis.register_script(_REPLACE_DOCUMENT)
        self._replace_body = redis.register_script(_REPLACE_BODY)

    def due(self) -> list[str]:
        """Name the subscribers whose subscription must be sealed again."""
        return [name for name, document in self._subscriptions.documents() if self._is_due(document)]

    def reseal(self, subscriber: str) -> bool:
        """Seal a subscription with the first key; return False if there was nothing to do.

        If it is saved at the same moment, the saved one stays. Nothing else of it changes, and nothing of its lane.
        """
        document = self._subscriptions.document(subscriber)
        if document is None or not self._is_due(document):
            return False
        subscription, place = self._subscriptions.open(subscriber, document), key("subscription", subscriber)
        # As it was read, and not as this release writes it: a newer release's fields are kept.
        sealed = self._vault.seal(self._vault.open(document, place), place)
        endpoint = self._vault.fingerprint(subscription.endpoint_digest())
        return bool(self._replace_document(keys=[place], args=[document, sealed, endpoint]))

    def bodies_due(self, *, look_at: int | None = None) -> Iterator[str]:
        """Yield the keys of the bodies that must be sealed again, of all events or of the first `look_at` ones.

        Redis passes its keys in small steps, so that no other client waits.
        """
        places = islice(every_key(self._redis, "body"), look_at)
        while chunk := list(islice(places, _AT_ONCE)):
            with self._redis.pipeline(transaction=False) as pipeline:
                for place in chunk:
                    pipeline.getrange(place, 0, SEAL_BYTES - 1)
                beginnings: list[Any] = pipeline.execute()
            for place, beginning in zip(chunk, beginnings, strict=True):
                # A body that is gone by now reads as empty.
                if beginning and self._is_due(beginning):
                    yield place

    def reseal_body(self, place: str) -> bool:
        """Seal a body with the first key; return False if there was nothing to do. Its lifetime stays."""
        stored: Any = self._redis.get(place)
        if stored is None or not self._is_due(stored):
            return False
        sealed = self._vault.seal(self._vault.open(stored, place), place)
        return bool(self._replace_body(keys=[place], args=[stored, sealed]))

    def _is_due(self, stored: bytes) -> bool:
        return not self._vault.sealed_as_now(stored)
