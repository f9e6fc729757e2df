"""The token by which a subscriber fetches its events: made, made anew, revoked."""

from typing import TYPE_CHECKING

from lessonhook.desk.errors import NoSubscription, NotByPull
from lessonhook.desk.redis_errors import redis_errors_named
from lessonhook.ledger.subscriptions import new_pull_token, pull_token_digest

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger


@redis_errors_named
class PullTokens:
    """The token of one subscriber. The ledger keeps its digest only. `by` is the person, for the audit."""

    def __init__(self, ledger: "Ledger", subscriber: str) -> None:
        self._ledger = ledger
        self._subscriber = subscriber

    def renew(self, *, by: str) -> str:
        """Make a token and return it; it cannot be read again, and a former one ends at once.

        Raises `NoSubscription`, and `NotByPull` if the subscriber's events are posted.
        """
        saved = self._ledger.subscriptions.get(self._subscriber)
        if saved is not None and not saved.pull:
            raise NotByPull(self._subscriber)
        token = new_pull_token(self._subscriber)
        if not self._ledger.set_pull_token(self._subscriber, pull_token_digest(token), by=by):
            raise NoSubscription(self._subscriber)
        return token

    def revoke(self, *, by: str) -> bool:
        """End the token and return whether there was one."""
        return self._ledger.set_pull_token(self._subscriber, "", by=by)
