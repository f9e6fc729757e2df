"""`lessonhook backfill`: stop, resume and count what `send_completion.backfill` recorded."""

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.options.names import AsJson, Subscriber
from lessonhook.console.options.shell_user import shell_user
from lessonhook.console.plain_group import PlainGroup
from lessonhook.console.views import output
from lessonhook.desk.words import count

app = typer.Typer(
    name="backfill",
    help="Completions of the past, which are sent after all others: how far they are; stop them and let them go on.",
    no_args_is_help=True,
    cls=PlainGroup,
    rich_markup_mode="markdown",
)


@app.command()
def status(subscriber: Subscriber, as_json: AsJson = False) -> None:
    """Show how many completions of the past a subscriber has, how many are delivered, and whether they are stopped.

    They are recorded by `send_completion.backfill` in the LMS. Ends with 1 if SUBSCRIBER is not known.
    """
    state = open_desk().of(subscriber).backfill.state()
    if as_json:
        output.write_json(state.document())
        return
    output.write_line(f"{subscriber}: {state.words}; at most {state.per_second:g} a second")


@app.command()
def stop(subscriber: Subscriber) -> None:
    """Send a subscriber nothing more of the past until `resume`. Its other completions go on.

    A POST that is in flight still ends. Ends with 1 if SUBSCRIBER is not known.
    """
    before = open_desk().of(subscriber).backfill.stop(by=shell_user())
    done = "was stopped already" if before.stopped else "stopped"
    waiting = count(before.undelivered, "completion")
    output.write_line(f"{subscriber}: backfill {done}; {waiting} of the past undelivered")


@app.command()
def resume(subscriber: Subscriber) -> None:
    """Let a subscriber's completions of the past go on after `stop`. Ends with 1 if SUBSCRIBER is not known.

    A pause of the subscriber holds them too; that one is lifted by `lessonhook resume`.
    """
    before = open_desk().of(subscriber).backfill.resume(by=shell_user())
    done = "goes on" if before.stopped else "was not stopped"
    waiting = count(before.undelivered, "completion")
    paused = f"; but {subscriber} is paused" if before.paused else ""
    output.write_line(f"{subscriber}: backfill {done}; {waiting} of the past undelivered{paused}")
