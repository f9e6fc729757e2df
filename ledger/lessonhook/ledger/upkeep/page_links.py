"""Links to the customer's page that were made and not used yet. A link opens the page once."""

from typing import TYPE_CHECKING

from lessonhook.ledger.transitions.keys import key

if TYPE_CHECKING:
    from redis import Redis


class PageLinks:
    """The unused links of one ledger; every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def keep(self, subscriber: str, link_id: str, *, for_seconds: int) -> None:
        """Remember that a link was made; it is forgotten after `for_seconds`."""
        self._redis.set(key("page-link", subscriber, link_id), 1, ex=for_seconds)

    def use(self, subscriber: str, link_id: str) -> bool:
        """Forget a link, and return whether it could be used: once, and by one of many that try at once."""
        return bool(self._redis.delete(key("page-link", subscriber, link_id)))
