"""`lessonhook subscriptions pull-token`: the token by which a subscriber fetches its completions."""

from typing import Annotated

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.options.names import Subscriber
from lessonhook.console.options.shell_user import shell_user
from lessonhook.console.views import output


def pull_token(
    subscriber: Subscriber,
    revoke: Annotated[bool, typer.Option("--revoke", help="End the token, and make no new one.")] = False,
) -> None:
    """Make a token by which a subscriber fetches its completions and print it, once: it cannot be read again.

    The former token ends at once. The subscription must have the option --pull. The token goes to the standard output,
    and what to do with it to the standard error. With --revoke, ends with 1 if there is no token.
    """
    one = open_desk().of(subscriber).pull_token
    if not revoke:
        typer.echo(one.renew(by=shell_user()))
        output.err().print(f"{subscriber}: give this token to the receiver; a former one has ended. It is shown once.")
    elif one.revoke(by=shell_user()):
        output.write_line(f"{subscriber}: revoked; nothing can be fetched until there is a new token")
    else:
        raise Complaint(f"{subscriber} has no token to revoke", ExitCode.NOT_WELL)
