"""A statement that the subscriber can check: counts and a hash over ids, signed with its signing secret."""

import time
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from lessonhook.desk.errors import InvalidSelection, NoSigningSecret
from lessonhook.desk.views.document import Document
from lessonhook.ledger import stated_days, statement_id
from lessonhook.ledger.subscriptions import signature

if TYPE_CHECKING:
    from lessonhook.config import Settings
    from lessonhook.ledger import Ledger, Subscription


def check_days(first: date, last: date) -> None:
    """Raise `InvalidSelection` for days in the wrong order, or up to one after which no calendar has another."""
    if first > last:
        raise InvalidSelection("the first day must not be later than the last one")
    if last == date.max:
        raise InvalidSelection(f"the last day must be before {date.max}")


class SignedStatement(Document):
    """A statement as it is given to the subscriber; `lessonhook.receiver.verify_statement` checks its JSON form."""

    webhook_id: str
    #: When it was signed, in seconds since 1970.
    webhook_timestamp: str
    webhook_signature: str
    #: The statement, JSON in ASCII: the bytes that are signed.
    body: str

    def document(self) -> dict[str, Any]:
        """Return the JSON form, with the names of the headers of a POST."""
        return {name.replace("_", "-"): value for name, value in self.model_dump().items()}

    @classmethod
    def draw_up(
        cls,
        ledger: "Ledger",
        subscription: "Subscription",
        settings: "Settings",
        days: tuple[date, date],
        *,
        with_ids: bool,
    ) -> Self:
        """Read the first to the last of the days from the ledger, and sign. Raises as `Statements.signed`.

        It holds some 200 bytes of memory for each event of these days.
        """
        subscriber, (first, last) = subscription.subscriber, days
        check_days(first, last)
        secrets = subscription.signing_secrets
        if not secrets:
            raise NoSigningSecret(subscriber)
        stated = stated_days(ledger, settings, subscriber, days, with_ids=with_ids)
        webhook_id = statement_id(subscriber, first, last)
        body = stated.as_sent()
        now = int(time.time())
        signed = signature(secrets, event_id=webhook_id, timestamp=now, body=body)
        return cls(
            webhook_id=webhook_id, webhook_timestamp=str(now), webhook_signature=signed, body=body.decode("ascii")
        )
