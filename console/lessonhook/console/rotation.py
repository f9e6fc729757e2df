"""`lessonhook subscriptions rotate-secret`: a new signing secret, with the former one signing too until the next."""

from typing import Annotated

import typer

from lessonhook.console import output
from lessonhook.console.access import open_producer
from lessonhook.console.exits import Complaint
from lessonhook.ledger import new_signing_secret


def rotate_secret(
    subscriber: Annotated[str, typer.Argument(help="The subscriber's name.", show_default=False)],
) -> None:
    """Make a new signing secret and print it, once: it can't be read again.

    POSTs carry two signatures from now on, by the new secret and by the former one, so that the receiver may change
    over when it likes; the next rotation retires the former one. A subscription without a secret gets its first.
    The secret alone goes to the standard output, what to do with it to the standard error.
    """
    producer = open_producer()
    saved = producer.ledger.subscription(subscriber)
    if saved is None:
        raise Complaint(f"there is no subscription of {subscriber!r}")
    secret = new_signing_secret()
    producer.subscriptions.put(saved.with_rotated_secret(secret))
    typer.echo(secret)
    former = "the former one signs too until the next rotation" if saved.signing_secret else "it is the first one"
    output.err().print(f"{subscriber}: give this secret to the receiver; {former}. It is shown only now.")
