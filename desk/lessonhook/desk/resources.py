"""What the desk works with: the producer's way to Redis, and the workers' HTTP client for what a person sends."""

from typing import TYPE_CHECKING, Self

from lessonhook.config import made_once
from lessonhook.ledger import publish
from lessonhook.producer import Producer

if TYPE_CHECKING:
    from lessonhook.config import Settings
    from lessonhook.ledger import Ledger, Outcome, Step, Subscription
    from lessonhook.worker.client import Client


class Resources:
    """Everything is opened at its first use, so that a process that only looks needs no HTTP client."""

    def __init__(self, producer: Producer) -> None:
        self.producer = producer

    @property
    def ledger(self) -> "Ledger":
        """The producer's ledger, whose calls give up within two seconds."""
        return self.producer.ledger

    @property
    def settings(self) -> "Settings":
        """The settings of the producer's application."""
        return self.producer.app.settings

    @made_once
    def client(self) -> "Client":
        """The client that delivers. Needs the extra `worker`."""
        from lessonhook.worker.client import Client  # noqa: PLC0415 - an LMS that only looks is without `requests`

        return Client(self.settings)

    def post(self, subscription: "Subscription", event_id: str, body: bytes, *, backfill: bool = False) -> "Outcome":
        """POST a body once, from this process, to the URL and with the credentials of the subscription.

        With `backfill`, a header says that it tells the past.
        """
        from lessonhook.worker.client import Post  # noqa: PLC0415 - as above

        return self.client.post(Post(event_id=event_id, subscription=subscription, body=body, backfill=backfill))

    def publish(self, step: "Step") -> None:
        """Publish a step's messages. What the broker does not take is published again by the next sweep."""
        publish(self.producer.app, step, ledger=self.ledger)

    def close(self) -> None:
        """Close every connection that was opened."""
        if "client" in self.__dict__:
            self.client.close()
        self.producer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
