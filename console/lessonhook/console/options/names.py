"""The arguments and options that many commands have in common."""

from typing import Annotated, Final

import typer

Subscriber = Annotated[str, typer.Argument(metavar="SUBSCRIBER", help="The subscriber's name.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, for scripts.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Change and send nothing; only show what would be done.")]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Do not ask for confirmation; without a terminal it is never asked for.")
]
#: More events than this are sent only after a confirmation of their number.
ASKED_ABOVE: Final = 10
SendYes = Annotated[bool, typer.Option("--yes", "-y", help=f"Send more than {ASKED_ABOVE} events without asking.")]
RevealUrl = Annotated[bool, typer.Option("--reveal-url", help="Show the values of the URL's query, which may be keys.")]
