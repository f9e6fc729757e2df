"""Puts the command line together: its commands and groups, and their order in the help."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from lessonhook.console.access import closed_at_the_end
from lessonhook.console.commands import backfill, page, subscriptions
from lessonhook.console.commands.audit import audit
from lessonhook.console.commands.curl import curl
from lessonhook.console.commands.drop import drop
from lessonhook.console.commands.erase import erase
from lessonhook.console.commands.event import event
from lessonhook.console.commands.events import events
from lessonhook.console.commands.find import find
from lessonhook.console.commands.flower import flower
from lessonhook.console.commands.health import health
from lessonhook.console.commands.pause_resume import pause, resume
from lessonhook.console.commands.rebuild import rebuild
from lessonhook.console.commands.receive import receive
from lessonhook.console.commands.reconcile import reconcile
from lessonhook.console.commands.replay import replay
from lessonhook.console.commands.replay_missing import replay_missing
from lessonhook.console.commands.reseal import reseal
from lessonhook.console.commands.sample import sample
from lessonhook.console.commands.send_test import send_test
from lessonhook.console.commands.settings import settings
from lessonhook.console.commands.statement import statement
from lessonhook.console.commands.status import status
from lessonhook.console.commands.watch import watch
from lessonhook.console.commands.worker import worker
from lessonhook.console.demo import demo
from lessonhook.console.doctor import doctor
from lessonhook.console.exits import explained
from lessonhook.console.local_service import run_service
from lessonhook.console.nearest_names import nearest_names
from lessonhook.console.plain_group import PlainGroup

_LOOK = "Look and act"
_TRY = "Try an endpoint"
_START = "Start"
#: For commands that pass what they do not know on to Celery or Flower.
_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}

app = typer.Typer(
    name="lessonhook",
    cls=PlainGroup,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 well, 1 not found, not accepted or not healthy, 2 wrong usage, 3 Redis not reachable.",
)
app.command(rich_help_panel=_LOOK)(status)
app.command(rich_help_panel=_LOOK)(watch)
app.command(rich_help_panel=_LOOK)(events)
app.command(rich_help_panel=_LOOK)(event)
app.command(rich_help_panel=_LOOK)(find)
app.command(rich_help_panel=_LOOK)(audit)
app.add_typer(subscriptions.app, rich_help_panel=_LOOK)
app.command(rich_help_panel=_LOOK)(pause)
app.command(rich_help_panel=_LOOK)(resume)
app.add_typer(backfill.app, rich_help_panel=_LOOK)
app.command(rich_help_panel=_LOOK)(replay)
app.command(rich_help_panel=_LOOK)(rebuild)
app.command(rich_help_panel=_LOOK)(reconcile)
app.command(rich_help_panel=_LOOK)(statement)
app.command("replay-missing", rich_help_panel=_LOOK)(replay_missing)
app.command(rich_help_panel=_LOOK)(drop)
app.command(rich_help_panel=_LOOK)(erase)
app.command(rich_help_panel=_LOOK)(reseal)
app.command(rich_help_panel=_LOOK)(doctor)
app.command(rich_help_panel=_LOOK)(health)
app.command(rich_help_panel=_LOOK)(settings)
app.command("send-test", rich_help_panel=_TRY)(send_test)
app.command(rich_help_panel=_TRY)(curl)
app.command(rich_help_panel=_TRY)(sample)
app.command(rich_help_panel=_START)(demo)
app.command("run", rich_help_panel=_START)(run_service)
app.command(rich_help_panel=_START)(receive)
app.command(rich_help_panel=_START, context_settings=_PASS_ON)(worker)
app.command(rich_help_panel=_START, context_settings=_PASS_ON)(flower)
app.add_typer(page.app, rich_help_panel=_START)


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
    """Send completed lessons to the companies' callback URLs, and lose nothing.

    The settings are LESSONHOOK_… variables of the environment, the URL of Redis too; `lessonhook settings` lists them.
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        with explained(), closed_at_the_end(), nearest_names():
            app(args=list(arguments), prog_name="lessonhook")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0
