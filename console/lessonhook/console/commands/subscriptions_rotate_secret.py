"""`lessonhook subscriptions rotate-secret`: a new signing secret; the former one signs too for a day."""

from typing import Annotated, Final

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.options.names import Subscriber
from lessonhook.console.options.shell_user import shell_user
from lessonhook.console.views import output

_SECONDS_AN_HOUR: Final = 3_600


def rotate_secret(
    subscriber: Subscriber,
    former_hours: Annotated[
        int, typer.Option(min=0, max=720, metavar="HOURS", help="How long the former one signs too; 0 ends it at once.")
    ] = 24,
) -> None:
    """Make a new signing secret and print it, once: it cannot be read again.

    For a day each POST has two signatures, by the new secret and by the former one, so that the receiver can change
    over. If somebody else may have the former one, end it at once. A subscription without a secret gets its first.
    The secret goes to the standard output, and what to do with it to the standard error.
    """
    one = open_desk().of(subscriber)
    had_one = one.subscription().signing_secret_set
    typer.echo(one.rotate_secret(by=shell_user(), former_for_seconds=former_hours * _SECONDS_AN_HOUR))
    former = "it is the first one"
    if had_one:
        former = f"the former one signs too for {former_hours} h" if former_hours else "the former one signs no more"
    output.err().print(f"{subscriber}: give this secret to the receiver; {former}. It is shown only now.")
