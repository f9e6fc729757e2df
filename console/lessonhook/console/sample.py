"""`lessonhook sample`: the vendor's sample payload, for whoever builds an endpoint."""

from typing import Annotated

import typer

from lessonhook.console.access import open_producer
from lessonhook.console.exits import Complaint
from lessonhook.producer import Producer, Subscription
from lessonhook.producer.rendering import render
from lessonhook.producer.rendering_memory import Rendering
from lessonhook.producer.sample import sample_event


def sample(
    subscriber: Annotated[
        str | None,
        typer.Option(help="As this subscriber gets it: ext_uid, numbers, score. Left out: as the vendor prints it."),
    ] = None,
) -> None:
    """Print the sample payload, the very bytes of a POST's body, on one line."""
    if subscriber is None:
        # The vendor's own sample is of a company that uses external user ids.
        typer.echo(render(sample_event(), Rendering(external_user_ids=True)))
    else:
        typer.echo(sample_body(known_subscription(open_producer(), subscriber)))


def sample_body(subscription: Subscription) -> bytes:
    """Render the sample as a subscription asks for it."""
    return render(sample_event(subscription.subscriber), subscription)


def known_subscription(producer: Producer, subscriber: str) -> Subscription:
    """Answer a subscription, credentials included; raise a Complaint if there is none."""
    saved = producer.ledger.subscription(subscriber)
    if saved is None:
        raise Complaint(f"there is no subscription of {subscriber!r}; `lessonhook subscriptions list` names them all")
    return saved
