"""`lessonhook subscriptions …`: which companies are told, where, and with which options."""

import sys
from typing import Annotated

import typer

from lessonhook.console import output
from lessonhook.console.access import open_producer
from lessonhook.console.exits import Complaint
from lessonhook.console.lane_table import undelivered
from lessonhook.console.resealing import reseal
from lessonhook.console.rotation import rotate_secret
from lessonhook.console.subscription_put import put
from lessonhook.console.subscription_text import subscription_document, subscription_lines, subscriptions_table
from lessonhook.console.wording import count

Subscriber = Annotated[str, typer.Argument(help="The subscriber's name.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]
RevealUrl = Annotated[bool, typer.Option("--reveal-url", help="Show the values of the URL's query, which may be keys.")]

app = typer.Typer(
    name="subscriptions",
    help="Companies, their callback URLs and how to POST to them. Credentials go in and never come out.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
app.command()(put)


@app.command()
def show(subscriber: Subscriber, as_json: AsJson = False, reveal_url: RevealUrl = False) -> None:
    """Show one subscription. Ends with 1 if there is none."""
    view = open_producer().subscriptions.get(subscriber)
    if view is None:
        raise _none(subscriber)
    if as_json:
        output.write_json(subscription_document(view, reveal_url=reveal_url))
        return
    for line in subscription_lines(view, reveal_url=reveal_url):
        output.say(line)


@app.command("list")
def list_all(as_json: AsJson = False, reveal_url: RevealUrl = False) -> None:
    """Show every subscription, by name."""
    views = open_producer().subscriptions.list()
    if as_json:
        documents = [subscription_document(view, reveal_url=reveal_url) for view in views]
        output.write_json({"subscriptions": documents})
    elif views:
        output.out().print(subscriptions_table(views, reveal_url=reveal_url))
    else:
        output.say("There are no subscriptions yet; `lessonhook subscriptions put --help` tells how to add one.")


@app.command()
def remove(
    subscriber: Subscriber,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; nothing is asked without a terminal.")] = False,
) -> None:
    """Remove a subscription. What it has not been sent is kept, and goes on when it is put again.

    Completions that are published meanwhile are not recorded. Ends with 1 if there is no such subscription.
    """
    producer = open_producer()
    waiting = undelivered(producer.ledger.status(subscriber))
    if sys.stdin.isatty() and not yes:
        typer.confirm(f"Remove {subscriber} with its credentials, {count(waiting, 'event')} undelivered?", abort=True)
    if not producer.subscriptions.delete(subscriber):
        raise _none(subscriber)
    output.say(f"{subscriber}: removed; {count(waiting, 'undelivered event')} kept")


app.command("rotate-secret")(rotate_secret)
app.command()(reseal)


def _none(subscriber: str) -> Complaint:
    return Complaint(f"there is no subscription of {subscriber!r}; `lessonhook subscriptions list` names them all")
