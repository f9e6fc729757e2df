"""The completions that a test would have sent, as their receivers would see them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lessonhook.config import USER_AGENT
from lessonhook.producer.testing.ledger import Entry, MemoryLedger

if TYPE_CHECKING:
    import requests

    from lessonhook.ledger import Subscription
    from lessonhook.producer.task import SendCompletion


@dataclass(frozen=True, slots=True)
class SentCompletion:
    """One completion, as its first POST would be."""

    subscriber: str
    #: The event's id, which is also the value of `webhook-id` and the id of the Celery task.
    id: str
    #: The bytes of the POST.
    body: bytes = field(repr=False)
    subscription: "Subscription" = field(repr=False)
    #: Whether it tells the past: `send_completion.backfill` was given it.
    backfill: bool = field(default=False, repr=False)

    @property
    def payload(self) -> dict[str, Any]:
        """The body, decoded."""
        payload: dict[str, Any] = json.loads(self.body)
        return payload

    @property
    def url(self) -> str:
        """The callback URL, verbatim."""
        return self.subscription.callback_url

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the POST without those that depend on its time: `webhook-timestamp`, `webhook-signature`."""
        headers = {
            "User-Agent": USER_AGENT,
            "Content-Type": "application/json",
            "webhook-id": self.id,
        }
        if self.backfill:
            headers["webhook-backfill"] = "true"
        if self.subscription.authorization is not None:
            headers["Authorization"] = self.subscription.authorization.get_secret_value()
        return headers

    def post(self) -> "requests.Response":
        """POST it once with `requests`, so that `responses` or a receiver of the test can take it.

        It does not use the worker's client: there is no deadline, guard, signature or second attempt.
        """
        import requests  # noqa: PLC0415 - an LMS may be without it

        return requests.post(self.url, data=self.body, headers=self.headers, timeout=10, allow_redirects=False)


class Outbox:
    """The completions of one test, in the order in which they were sent. It equals a list of them.

    Its repr says why a completion is not there, because pytest shows it where a test fails.
    """

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    def __repr__(self) -> str:
        """Return what was sent, and what was not and why."""
        unsubscribed = self._ledger.unsubscribed
        missing = [f"{count} of {name!r}, which had no subscription" for name, count in sorted(unsubscribed.items())]
        if missing:
            return f"<Outbox: sent {self.of()}; not sent: {', '.join(missing)}>"
        if not self._ledger.entries:
            return "<Outbox: nothing was published; what delay_on_commit took is published at the commit>"
        return f"<Outbox: sent {self.of()}>"

    def __eq__(self, other: object) -> bool:
        """Compare with a list of `SentCompletion`, or with another outbox."""
        return self.of() == list(other) if isinstance(other, list | Outbox) else NotImplemented

    # It changes, as a list does.
    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[SentCompletion]:
        return iter(self.of())

    def __len__(self) -> int:
        return len(self._ledger.entries)

    def __getitem__(self, position: int) -> SentCompletion:
        return self.of()[position]

    def of(self, subscriber: str | None = None) -> list[SentCompletion]:
        """Return the completions of one subscriber, or all."""
        entries = list(self._ledger.entries.values())
        return [_sent(entry) for entry in entries if subscriber in {None, entry.subscriber}]

    def clear(self) -> None:
        """Forget all completions, so that they can be sent again. Subscriptions stay."""
        self._ledger.entries.clear()
        self._ledger.unsubscribed.clear()

    @contextmanager
    def redis_down(self) -> Iterator[None]:
        """Make every call raise `PublishFailed`, at once and not after a second, to test what the LMS does then."""
        self._ledger.down = True
        try:
            yield
        finally:
            self._ledger.down = False


@contextmanager
def recording(task: "SendCompletion") -> Iterator[Outbox]:
    """Keep the completions that this task would send: `send_completion`, or that of a `Producer` of your own.

    The fixture does so for `lessonhook.producer.send_completion`.
    """
    parts = vars(task.publisher)
    real = parts.get("ledger")
    ledger = parts["ledger"] = MemoryLedger(task.publisher.app.settings.allowed_private_networks)
    try:
        yield Outbox(ledger)
    finally:
        if real is None:
            del parts["ledger"]
        else:
            parts["ledger"] = real


def _sent(entry: Entry) -> SentCompletion:
    return SentCompletion(entry.subscriber, entry.event_id, entry.body, entry.subscription, entry.backfill)
