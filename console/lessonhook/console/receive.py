"""`lessonhook receive`: an endpoint to try things out with, on this machine."""

import signal
import time
from http import HTTPStatus
from typing import Annotated, Any

import typer

from lessonhook.console import output
from lessonhook.console.demo.receiver import Receiver
from lessonhook.console.exits import Complaint
from lessonhook.console.processes import LOOPBACK, is_free


class _Telling(Receiver):
    """A receiver that tells of each POST and keeps none."""

    def __init__(self, port: int, status: HTTPStatus, *, bodies: bool) -> None:
        super().__init__(port)
        self._status = status
        self._bodies = bodies

    def take(self, path: str, headers: Any, body: bytes) -> tuple[HTTPStatus, float]:
        """Write one line, and the body if that was asked for."""
        facts = f"{len(body)} bytes, webhook-id {headers['webhook-id']}, answered {int(self._status)}"
        output.say(f"{time.strftime('%H:%M:%S')} POST /{path}  {facts}")
        if self._bodies:
            output.say(body.decode(errors="replace"))
        return self._status, 0.0


def receive(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Where to listen.")] = 8099,
    status: Annotated[
        int, typer.Option(min=200, max=599, help="What to answer: 503 shows retries and the pause.")
    ] = 200,
    bodies: Annotated[bool, typer.Option("--bodies", help="Show what was sent, learners' data included.")] = False,
) -> None:
    """Answer completions on this machine, a line for each, until Ctrl-C.

    A worker posts to this machine only where LESSONHOOK_ALLOWED_PRIVATE_NETWORKS lets it; `lessonhook run` does.
    """
    if not is_free(port):
        raise Complaint(f"{LOOPBACK}:{port} is taken by another program; choose another port with --port")
    ends = {signal.SIGINT, signal.SIGTERM}
    # Blocked in every thread, so that one of them is waited for and interrupts nobody.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with _Telling(port, _status(status), bodies=bodies).listening() as receiver:
        output.say(f"Listening at {receiver.url('hook')}, answering {status}. Ctrl-C ends it.")
        signal.sigwait(ends)


def _status(code: int) -> HTTPStatus:
    try:
        return HTTPStatus(code)
    except ValueError:
        raise typer.BadParameter(f"{code} is no status of HTTP's") from None
