"""`lessonhook receive`: an endpoint on this machine, to try things with."""

import signal
import time
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from lessonhook.config import read_host
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.options.credentials import SigningSecretEnv, SigningSecretFile
from lessonhook.console.options.secret_input import read_secret, read_variable
from lessonhook.console.processes import LOOPBACK, is_free
from lessonhook.console.receiver import Forwarder, Receiver, Response
from lessonhook.console.views import output
from lessonhook.ledger.subscriptions import secret_key
from lessonhook.receiver import NotTrusted, verify

#: Characters of a path and of an id that a line shows; a sender may send 64 KiB of each.
_SHOWN: Final = 200


class _PrintingReceiver(Receiver):
    """Prints a line for each POST."""

    def __init__(
        self,
        port: int,
        status: HTTPStatus,
        *,
        bodies: bool,
        secret: str | None,
        forwarder: Forwarder | None = None,
    ) -> None:
        super().__init__(port)
        self._response = Response(status)
        self._forwarder = forwarder
        self._bodies = bodies
        self._secret = secret

    def receive(self, subscriber: str, headers: Any, body: bytes) -> Response:
        """Print one line, and the body if that was asked for. Respond with 401 if the signature does not hold."""
        response, verdict = self._response, ""
        is_trusted = True
        if self._secret is not None:
            try:
                verify(headers, body, self._secret)
                verdict = ", signature holds"
            except NotTrusted as fault:
                verdict, response, is_trusted = f", {fault}", Response(HTTPStatus.UNAUTHORIZED), False
        if self._forwarder is not None and is_trusted:
            forwarded = self._forwarder.forward(headers.items(), body)
            verdict, response = f"{verdict}, {forwarded.words}", forwarded.response
        event_id = _cut(str(headers["webhook-id"]))
        facts = f"{len(body)} bytes, webhook-id {event_id}, status {int(response.status)}{verdict}"
        output.write_line(f"{time.strftime('%H:%M:%S')} POST /{_cut(subscriber)}  {facts}")
        if self._bodies:
            output.write_line(body.decode(errors="replace"))
        return response


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def receive(  # noqa: PLR0917 - each is an option of the command line, and given by name
    port: Annotated[int, typer.Option(min=1, max=65_535, metavar="PORT", help="The port to listen on.")] = 8099,
    status: Annotated[
        int | None,
        typer.Option(
            min=200,
            max=599,
            metavar="STATUS",
            show_default="200",
            help="The HTTP status to respond with; 503 shows retries and the pause.",
        ),
    ] = None,
    bodies: Annotated[bool, typer.Option("--bodies", help="Show the bodies too, which have learners' data.")] = False,
    forward: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Send each POST on to this URL, bytes and headers as they came, and respond as it does.",
            show_default=False,
        ),
    ] = None,
    signing_secret_file: SigningSecretFile = None,
    signing_secret_env: SigningSecretEnv = None,
) -> None:
    """Receive completions on this machine, and print a line for each, until Ctrl-C.

    Workers post to this machine only if LESSONHOOK_ALLOWED_PRIVATE_NETWORKS allows it; `lessonhook run` does.

    With a signing secret, each POST's signature and age are checked: a POST that fails gets 401, and the line says why.

    With --forward, your own program at URL gets each POST that was not refused, and its response goes back to the
    sender. If it does not respond, the sender gets 502, or 504 after 15 s, and the line says why.
    """
    secret = _signing_secret(signing_secret_file, signing_secret_env)
    forwarder = None if forward is None else _forwarder(forward, port)
    if forwarder is not None and status is not None:
        raise Complaint("--status and --forward exclude each other: the status is that of URL", ExitCode.WRONG_USAGE)
    if not is_free(port):
        raise Complaint(f"{LOOPBACK}:{port} is taken by another program; choose another port with --port")
    ends = {signal.SIGINT, signal.SIGTERM}
    # Blocked in every thread, so that one of them can wait for the signals and none is interrupted.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    responds = HTTPStatus.OK if status is None else _status(status)
    printing = _PrintingReceiver(port, responds, bodies=bodies, secret=secret, forwarder=forwarder)
    with printing.listening() as receiver:
        responding = f"responding with {int(responds)}" if forwarder is None else f"responding as {forward} does"
        output.write_line(f"Listening at {receiver.url('hook')}, {responding}. Ctrl-C ends it.")
        signal.sigwait(ends)


def _signing_secret(file: Path | None, variable: str | None) -> str | None:
    if file is not None and variable is not None:
        raise Complaint("--signing-secret-file and --signing-secret-env exclude each other", ExitCode.WRONG_USAGE)
    given = read_secret(file, "signing-secret") if file else read_variable(variable, "signing-secret")
    if given is None:
        return None
    text = given.strip()
    try:
        key = secret_key(text)
    except ValueError:
        key = b""
    if not key:
        raise Complaint("the signing secret must be whsec_ and base64, as the LMS shows it", ExitCode.WRONG_USAGE)
    return text


def _forwarder(url: str, port: int) -> Forwarder:
    try:
        forwarder = Forwarder(url)
    except ValueError as error:
        raise Complaint(f"--forward: {error}", ExitCode.WRONG_USAGE) from None
    host, other_port = forwarder.address
    own = {LOOPBACK, "localhost", "0.0.0.0"}  # noqa: S104 - nothing is bound to it
    if other_port == port and read_host(host).name in own:
        raise Complaint("--forward: that is where this command itself listens; give another URL", ExitCode.WRONG_USAGE)
    return forwarder


def _status(code: int) -> HTTPStatus:
    try:
        return HTTPStatus(code)
    except ValueError:
        raise typer.BadParameter(f"HTTP has no status {code}") from None
