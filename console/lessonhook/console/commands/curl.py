"""`lessonhook curl`: a POST as a command to paste, for a receiver's engineer who tries an endpoint."""

from typing import Annotated

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.options.names import Subscriber
from lessonhook.console.views import output
from lessonhook.desk.words import network_words


def curl(
    subscriber: Subscriber,
    event_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="The id of a stored event; left out: the sample payload.", show_default=False
        ),
    ] = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show the Authorization value, the signature and the URL's query.")
    ] = False,
    show_body: Annotated[
        bool, typer.Option("--show-body", help="Show the event's body: a learner's name, e-mail and result.")
    ] = False,
) -> None:
    """Print a curl command that sends what a worker sends.

    Secrets are *** unless you give --reveal. An event's body is *** unless you give --show-body; the sample's body is
    always shown. Certificates are the files client-certificate.pem and ca-bundle.pem, which you put there. The command
    goes to the standard output. Notes go to the standard error: on what is masked, and on the addresses that the
    workers' own POSTs come from (LESSONHOOK_EGRESS_ADDRESSES).
    """
    desk = open_desk()
    command = desk.of(subscriber).curl(event_id, reveal=reveal, show_body=show_body)
    output.write_lines(command.text)
    masked = {"--reveal": command.secrets_masked, "--show-body": command.body_masked}
    if options := [option for option, hides in masked.items() if hides]:
        show = "shows" if len(options) == 1 else "show"
        output.err().print(f"What is secret or personal is *** here; {' and '.join(options)} {show} it.")
    if addresses := network_words(desk.settings.egress_addresses):
        output.err().print(f"The workers' own POSTs come from {', '.join(addresses)}: a firewall must let these in.")
