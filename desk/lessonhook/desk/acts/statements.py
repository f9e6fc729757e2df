"""What a subscriber can compare its own record with: a signed statement, and what it lacks."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from lessonhook.desk.acts.gap import Gap
from lessonhook.desk.redis_errors import redis_errors_named
from lessonhook.desk.views.known import known_lane, saved_subscription
from lessonhook.desk.views.signed_statement import SignedStatement

if TYPE_CHECKING:
    from lessonhook.desk.resources import Resources


@redis_errors_named
class Statements:
    """The statements of one subscriber. Days are whole ones in UTC, by the time of recording; both belong to it."""

    def __init__(self, resources: "Resources", subscriber: str) -> None:
        self._resources = resources
        self._subscriber = subscriber

    def signed(self, first: date, last: date, *, with_ids: bool = True) -> SignedStatement:
        """Return what was recorded and accepted from the first to the last day, signed for the subscriber.

        It has counts, a hash over the ids, and with `with_ids` the state of each id. `lessonhook.receiver` checks it.
        Raises `NoSubscription`, `NoSigningSecret`, and `InvalidSelection` if the first day is later than the last.
        """
        ledger = self._resources.ledger
        subscription = saved_subscription(ledger, self._subscriber)
        return SignedStatement.draw_up(ledger, subscription, self._resources.settings, (first, last), with_ids=with_ids)

    def gap(self, first: date, last: date, received: Iterable[str]) -> Gap:
        """Return what the subscriber lacks of the events that were recorded from the first to the last day.

        `received` are the ids that it has, of other days too. `Desk.replay` sends what is missing. Raises
        `UnknownSubscriber`, and `InvalidSelection` if there are no ids or if the first day is later than the last.
        """
        known_lane(self._resources.ledger, self._subscriber)
        return Gap.find(self._resources.ledger, self._subscriber, first, last, received)
