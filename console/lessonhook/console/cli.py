"""The command line, put together: one file a command or group, and one place where errors become exit codes."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from lessonhook.console import subscriptions
from lessonhook.console.access import closed_at_the_end
from lessonhook.console.curl import curl
from lessonhook.console.demo import demo
from lessonhook.console.doctor import doctor
from lessonhook.console.erase import erase
from lessonhook.console.event import event
from lessonhook.console.events import events
from lessonhook.console.exits import explained
from lessonhook.console.health import health
from lessonhook.console.lanes import pause, resume
from lessonhook.console.local_service import run_service
from lessonhook.console.rebuild import rebuild
from lessonhook.console.receive import receive
from lessonhook.console.reconcile import reconcile
from lessonhook.console.replay import replay
from lessonhook.console.sample import sample
from lessonhook.console.send_test import send_test
from lessonhook.console.settings_table import settings
from lessonhook.console.starters import PASS_ON, flower, worker
from lessonhook.console.status import status
from lessonhook.console.watch import watch

_LOOK = "Look and steer"
_TRY = "Try an endpoint"
_START = "Start"

app = typer.Typer(
    name="lessonhook",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 well, 1 not found, not accepted or not healthy, 2 wrong usage, 3 Redis not reachable.",
)
app.command(rich_help_panel=_LOOK)(status)
app.command(rich_help_panel=_LOOK)(watch)
app.command(rich_help_panel=_LOOK)(events)
app.command(rich_help_panel=_LOOK)(event)
app.add_typer(subscriptions.app, rich_help_panel=_LOOK)
app.command(rich_help_panel=_LOOK)(pause)
app.command(rich_help_panel=_LOOK)(resume)
app.command(rich_help_panel=_LOOK)(replay)
app.command(rich_help_panel=_LOOK)(rebuild)
app.command(rich_help_panel=_LOOK)(reconcile)
app.command(rich_help_panel=_LOOK)(erase)
app.command(rich_help_panel=_LOOK)(doctor)
app.command(rich_help_panel=_LOOK)(health)
app.command(rich_help_panel=_LOOK)(settings)
app.command("send-test", rich_help_panel=_TRY)(send_test)
app.command(rich_help_panel=_TRY)(curl)
app.command(rich_help_panel=_TRY)(sample)
app.command(rich_help_panel=_START)(demo)
app.command("run", rich_help_panel=_START)(run_service)
app.command(rich_help_panel=_START)(receive)
app.command(rich_help_panel=_START, context_settings=PASS_ON)(worker)
app.command(rich_help_panel=_START, context_settings=PASS_ON)(flower)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("lessonhook"))
        raise typer.Exit


@app.callback()
def lessonhook(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Tell companies' callback URLs that their learners completed lessons, and lose nothing.

    Which Redis, and everything else, is set by LESSONHOOK_… in the environment; `lessonhook settings` lists it.
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command; answer its exit code."""
    try:
        with explained(), closed_at_the_end():
            app(args=list(arguments), prog_name="lessonhook")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0
