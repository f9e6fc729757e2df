"""`lessonhook run`: a server, a worker and Flower for local use, with one Ctrl-C for all of them."""

from pathlib import Path
from typing import Annotated

import typer

from lessonhook.console.local_service.plan import FLOWER_PORT, REDIS_PORT, plan
from lessonhook.console.local_service.service import Service

__all__ = ["run_service"]


def run_service(
    redis_port: Annotated[
        int, typer.Option(min=1, max=65_535, metavar="PORT", help="Where the embedded server listens.")
    ] = REDIS_PORT,
    flower_port: Annotated[
        int, typer.Option(min=1, max=65_535, metavar="PORT", help="Where Flower listens.")
    ] = FLOWER_PORT,
    data: Annotated[Path, typer.Option(metavar="DIRECTORY", help="Where the embedded server keeps its data.")] = Path(
        "var"
    ),
) -> None:
    """Run the service for local use: a server, a worker and Flower, all on the loopback.

    The embedded server keeps its data in var/, which is closed to others, and asks for a password, because the loopback
    is open to every user of this machine. var/valkey/url has the URL for other shells. The server is not started if
    LESSONHOOK_REDIS_URL names another server. Flower is at http://127.0.0.1:5555. The worker may post to this machine,
    unless LESSONHOOK_ALLOWED_PRIVATE_NETWORKS is set; without `run` that is closed.

    Ctrl-C ends the worker first, when its POSTs in flight have ended, then Flower, then the server with its data on
    disk; the exit code is 0. If a part ends by itself, the others are ended too; the exit code is 1.
    """
    with Service(plan(redis_port=redis_port, flower_port=flower_port, data=data)) as service:
        service.run()
