"""`lessonhook sample`: the vendor's sample payload, for the engineer who builds an endpoint."""

from typing import Annotated

import typer

from lessonhook.console.access import open_desk
from lessonhook.producer.sample import sample_body


def sample(
    subscriber: Annotated[
        str | None,
        typer.Option(
            metavar="SUBSCRIBER",
            help="As this subscriber gets it, with its options. Left out: as the vendor prints it.",
        ),
    ] = None,
) -> None:
    """Print the sample payload on one line: exactly the bytes of a POST's body."""
    typer.echo(sample_body() if subscriber is None else open_desk().of(subscriber).sample())
