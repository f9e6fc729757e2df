"""`lessonhook run`: a server, a worker and Flower for local use, with one Ctrl-C for all of them."""

from pathlib import Path
from typing import Annotated

import typer

from lessonhook.console.local_service.plan import FLOWER_PORT, REDIS_PORT, plan
from lessonhook.console.local_service.service import Service

__all__ = ["run_service"]


def run_service(
    redis_port: Annotated[int, typer.Option(min=1, max=65_535, help="Where the embedded server listens.")] = REDIS_PORT,
    flower_port: Annotated[int, typer.Option(min=1, max=65_535, help="Where Flower listens.")] = FLOWER_PORT,
    data: Annotated[Path, typer.Option(metavar="DIRECTORY", help="Where the embedded server keeps its data.")] = Path(
        "var"
    ),
) -> None:
    """Run what delivers, for local use: a server, a worker and Flower, all on the loopback.

    The embedded server keeps its data in var/ and is not started where LESSONHOOK_REDIS_URL names another. Flower is
    at http://127.0.0.1:5555. Unless LESSONHOOK_ALLOWED_PRIVATE_NETWORKS says otherwise, the worker may post to this
    machine, which is closed by default.

    Ctrl-C ends the worker first, once its POSTs in flight are answered, then Flower, then the server, its data on
    disk: 0. A part that ends by itself ends the others: 1.
    """
    with Service(plan(redis_port=redis_port, flower_port=flower_port, data=data)) as service:
        service.run()
