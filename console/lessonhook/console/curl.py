"""`lessonhook curl`: a POST as a command that can be pasted, for a receiver's engineer to try an endpoint with."""

from typing import Annotated

import typer

from lessonhook.console import output
from lessonhook.console.access import open_producer
from lessonhook.console.curl_command import curl_command, has_secrets
from lessonhook.console.event import the_event
from lessonhook.console.exits import Complaint
from lessonhook.console.sample import known_subscription, sample_body
from lessonhook.console.trial import trial_id
from lessonhook.ledger import Events
from lessonhook.producer import Producer, Subscription
from lessonhook.worker.client import Post


def curl(
    subscriber: Annotated[str, typer.Argument(help="The subscriber's name.", show_default=False)],
    event_id: Annotated[
        str | None,
        typer.Argument(metavar="EVENT", help="A stored event; left out: the sample payload.", show_default=False),
    ] = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="With the Authorization value, the signature and the URL's query.")
    ] = False,
    show_body: Annotated[
        bool, typer.Option("--show-body", help="With the event's body: a learner's name, e-mail and result.")
    ] = False,
) -> None:
    """Print a curl command that sends what we send.

    What is secret is *** unless --reveal shows it, and so is an event's body unless --show-body does; the sample's is
    always shown. The command alone goes to the standard output, what is masked in it to the standard error.
    """
    producer = open_producer()
    subscription = known_subscription(producer, subscriber)
    post = _of_sample(subscription) if event_id is None else _of_event(producer, subscription, event_id)
    with_body = show_body or event_id is None
    typer.echo(curl_command(post, reveal=reveal, show_body=with_body))
    hidden = {"--reveal": not reveal and has_secrets(post), "--show-body": not with_body}
    if options := [option for option, hides in hidden.items() if hides]:
        show = "shows" if len(options) == 1 else "show"
        output.err().print(f"What is secret or personal is *** here; {' and '.join(options)} {show} it.")


def _of_sample(subscription: Subscription) -> Post:
    return Post(event_id=trial_id(), subscription=subscription, body=sample_body(subscription))


def _of_event(producer: Producer, subscription: Subscription, event_id: str) -> Post:
    looking = Events(producer.ledger)
    event = the_event(looking, event_id, subscription.subscriber)
    body = looking.body(event.subscriber, event_id)
    if body is None:
        raise Complaint(f"event {event_id} has no body any more: it is {event.state}")
    return Post(event_id=event_id, subscription=subscription, body=body)
