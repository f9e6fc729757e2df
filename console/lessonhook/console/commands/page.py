"""`lessonhook page`: serves the customer's page behind links that work once; `lessonhook page link` makes one."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Annotated, Final

import typer

from lessonhook.console.access import open_desk, open_desk_in_any_case
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.options.names import Subscriber
from lessonhook.console.options.shell_user import shell_user
from lessonhook.console.plain_group import PlainGroup
from lessonhook.console.processes import LOOPBACK
from lessonhook.console.views import output

if TYPE_CHECKING:
    from lessonhook.page import SettingsPage

#: Requests that are served at one moment; one that waits for a try waits five seconds at most.
_THREADS: Final = 16
#: No form of the page is longer.
_REQUEST_MAX_BYTES: Final = 1_000_000

app = typer.Typer(name="page", cls=PlainGroup, invoke_without_command=True, rich_markup_mode="markdown")


@app.callback()
def page(
    context: typer.Context,
    *,
    address: Annotated[str, typer.Option(metavar="ADDRESS", help="Where it listens.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=1, max=65_535, metavar="PORT", help="Where it listens.")] = 8300,
) -> None:
    """Serve the customer's page alone, behind links that work once, at 127.0.0.1:8300.

    A proxy in front of it does TLS; LESSONHOOK_PAGE_URL is its address, and LESSONHOOK_PAGE_KEY signs the links.
    Ctrl-C and SIGTERM end it: 0.
    """
    if context.invoked_subcommand is None:
        asyncio.run(_serve(_open_page(), address, port))


@app.command()
def link(
    subscriber: Subscriber,
    *,
    may_edit: Annotated[bool, typer.Option("--may-edit", help="Let the person save, try and send.")] = False,
    may_see_bodies: Annotated[
        bool, typer.Option("--may-see-bodies", help="Show learners' names and results too.")
    ] = False,
    for_seconds: Annotated[
        int, typer.Option(min=1, max=604_800, metavar="SECONDS", help="How long the link can be used.")
    ] = 300,
    language: Annotated[
        str, typer.Option(metavar="TAG", show_default=False, help="Such as de; left out: the browser's.")
    ] = "",
) -> None:
    """Print a link to a subscriber's page. Who opens it first sees the page, for an hour.

    The link is a credential. What is done by it is in the audit under the name of your account.
    """
    made = _open_page()
    if not may_edit:
        # There is nothing to look at, so the name is probably misspelt. Who may edit can set the first one up.
        open_desk().of(subscriber).state()
    output.write_line(
        made.link(
            subscriber,
            may_edit=may_edit,
            may_see_bodies=may_see_bodies,
            for_seconds=for_seconds,
            name=shell_user(),
            language=language,
        )
    )


def _open_page() -> "SettingsPage":
    try:
        from lessonhook.page import SettingsPage  # noqa: PLC0415 - the console is used without the page as well
    except ImportError:
        raise Complaint('the page is not installed: pip install "lessonhook[page]"') from None
    desk = open_desk_in_any_case()
    key = desk.settings.page_key
    if key is None:
        advice = "a secret of at least 32 characters, such as `openssl rand -hex 32` prints"
        raise Complaint(f"LESSONHOOK_PAGE_KEY: is required to sign links: {advice}", ExitCode.WRONG_USAGE)
    return SettingsPage(key=key.get_secret_value(), desk=desk)


async def _serve(made: "SettingsPage", address: str, port: int) -> None:
    from tornado.httpserver import HTTPServer  # noqa: PLC0415 - other commands need no server
    from tornado.wsgi import WSGIContainer  # noqa: PLC0415 - as above

    from lessonhook.page import LinkedPage  # noqa: PLC0415 - as above

    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    with ThreadPoolExecutor(_THREADS) as threads:
        server = HTTPServer(WSGIContainer(LinkedPage(made), executor=threads), max_body_size=_REQUEST_MAX_BYTES)
        try:
            server.listen(port, address)
        except OSError:
            raise Complaint(f"{address}:{port} is taken, or is no address of this machine; see --port") from None
        output.write_line(f"Listening at http://{address}:{port}/. Ctrl-C ends it.")
        await ended.wait()
        server.stop()
        await server.close_all_connections()
