"""`lessonhook subscriptions`: show, list, remove. `put`, `change` and what makes a secret have files of their own."""

import sys

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.commands.subscriptions_change import change
from lessonhook.console.commands.subscriptions_pull_token import pull_token
from lessonhook.console.commands.subscriptions_put import put
from lessonhook.console.commands.subscriptions_rotate_secret import rotate_secret
from lessonhook.console.options.names import AsJson, RevealUrl, Subscriber, Yes
from lessonhook.console.options.shell_user import shell_user
from lessonhook.console.plain_group import PlainGroup
from lessonhook.console.views import output
from lessonhook.console.views.subscription_text import subscription_lines, subscriptions_table
from lessonhook.desk import UnknownSubscriber, subscription_document
from lessonhook.desk.words import count

app = typer.Typer(
    name="subscriptions",
    help="The companies' callback URLs, and how to POST to them. Credentials are saved and never shown again.",
    no_args_is_help=True,
    cls=PlainGroup,
    rich_markup_mode="markdown",
)
app.command()(put)
app.command()(change)


@app.command()
def show(subscriber: Subscriber, as_json: AsJson = False, reveal_url: RevealUrl = False) -> None:
    """Show one subscription. Ends with 1 if there is none."""
    view = open_desk().of(subscriber).subscription()
    if as_json:
        output.write_json(subscription_document(view, reveal_url=reveal_url))
        return
    for line in subscription_lines(view, reveal_url=reveal_url):
        output.write_line(line)


@app.command("list")
def list_all(as_json: AsJson = False, reveal_url: RevealUrl = False) -> None:
    """Show every subscription, by name."""
    views = open_desk().subscriptions()
    if as_json:
        documents = [subscription_document(view, reveal_url=reveal_url) for view in views]
        output.write_json({"subscriptions": documents})
    elif views:
        output.write_drawn(subscriptions_table(views, reveal_url=reveal_url))
    else:
        output.write_line("There are no subscriptions yet; `lessonhook subscriptions put --help` says how to add one.")


@app.command()
def remove(subscriber: Subscriber, yes: Yes = False) -> None:
    """Remove a subscription. Its undelivered events are kept, and are sent when it is put again.

    Completions that are published meanwhile are not recorded. Ends with 1 if there is no such subscription.
    """
    one = open_desk().of(subscriber)
    try:
        waiting = one.state().undelivered
    except UnknownSubscriber:
        # The removal itself says what is missing: a subscription.
        waiting = 0
    if sys.stdin.isatty() and not yes:
        typer.confirm(f"Remove {subscriber} with its credentials, {count(waiting, 'event')} undelivered?", abort=True)
    one.remove(by=shell_user())
    output.write_line(f"{subscriber}: removed; {count(waiting, 'undelivered event')} kept")


app.command("rotate-secret")(rotate_secret)
app.command("pull-token")(pull_token)
