"""Seals subscriptions anew after a change of keys: they have no lifetime after which the old key is needed no more."""

from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.keys import key

if TYPE_CHECKING:
    from lessonhook.ledger.ledger import Ledger

#: Unless it was put anew since it was read.
_REPLACE: Final = """
if redis.call('HGET', KEYS[1], 'document') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'document', ARGV[2], 'endpoint', ARGV[3])
return 1
"""


class Resealing:
    """The subscriptions of one ledger that are not sealed with its first key: in the open, or with a former one.

    Every call may raise `redis.exceptions.RedisError`, and `Undecipherable` where no key opens a subscription.
    """

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger
        self._replace = ledger.redis.register_script(_REPLACE)

    def due(self) -> list[str]:
        """Name the subscribers whose subscription is to be sealed anew."""
        return [name for name in self._ledger.subscribers() if self._is_due(self._document(name))]

    def reseal(self, subscriber: str) -> bool:
        """Seal a subscription with the first key; answer whether that was to be done.

        One that is put at the same moment stays as it is put; nothing else of it, and nothing of its lane, changes.
        """
        document = self._document(subscriber)
        if document is None or not self._is_due(document):
            return False
        vault, subscription = self._ledger.vault, self._ledger.open_subscription(document)
        sealed, endpoint = vault.seal(vault.open(document)), vault.fingerprint(subscription.endpoint_digest())
        return bool(self._replace(keys=[key("subscription", subscriber)], args=[document, sealed, endpoint]))

    def _document(self, subscriber: str) -> bytes | None:
        document: Any = self._ledger.redis.hget(key("subscription", subscriber), "document")
        return document  # type: ignore[no-any-return]  # redis-py's answer is of no type

    def _is_due(self, document: bytes | None) -> bool:
        return document is not None and not self._ledger.vault.sealed_by_first(document)
