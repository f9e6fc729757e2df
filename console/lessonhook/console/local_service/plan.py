"""What `lessonhook run` starts: each part's command line, and the environment that they all share."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lessonhook.console.exits import Complaint
from lessonhook.console.local_service.own_server import OwnServer
from lessonhook.console.processes import LOOPBACK, celery_command, flower_command, is_free, server_command

#: Not 6379, because a Redis of this machine may listen there.
REDIS_PORT: Final = 6399
FLOWER_PORT: Final = 5555
#: A name of its own tells its reply from that of other workers on the same Redis, those of another `lessonhook run`
#: too. The host is in it, so that `lessonhook health` finds it.
WORKER: Final = f"run-{os.getpid()}@{socket.gethostname()}"
REDIS_URL: Final = "LESSONHOOK_REDIS_URL"
_NETWORKS: Final = "LESSONHOOK_ALLOWED_PRIVATE_NETWORKS"


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts to start, and with what."""

    environment: Mapping[str, str]
    redis_url: str
    #: The file that another shell reads the URL from, password included; None where the environment names a Redis.
    url_file: Path | None
    #: The other variables that another shell must set, so that its commands use the same service.
    exports: Mapping[str, str]
    #: None where the environment names a Redis.
    server: list[str] | None
    #: The descriptor that locks the server's directory.
    lock: int | None
    worker: list[str]
    flower: list[str]
    flower_port: int


def plan(*, redis_port: int, flower_port: int, data: Path) -> Plan:
    """Make the plan; raise a Complaint if a port is taken, before anything is started."""
    environment = dict(os.environ)
    exports: dict[str, str] = {}
    server = url_file = lock = None
    if REDIS_URL not in environment:
        _refuse_taken(redis_port, "--redis-port")
        own = OwnServer.prepare(data.absolute() / "valkey", redis_port)
        server = server_command(redis_port, own.directory, append_only=True, configuration=own.configuration)
        environment[REDIS_URL], url_file, lock = own.url, own.url_file, own.lock
    if _NETWORKS not in environment:
        exports[_NETWORKS] = '["127.0.0.0/8", "::1/128"]'
    environment |= exports
    _refuse_taken(flower_port, "--flower-port")
    return Plan(
        environment=environment,
        redis_url=environment[REDIS_URL],
        url_file=url_file,
        exports=exports,
        server=server,
        lock=lock,
        # Without the banner and the list of tasks: the lines that tell the user how to go on must stay in sight.
        worker=celery_command("worker", "--hostname", WORKER, quiet=True),
        flower=flower_command(f"--port={flower_port}", "--logging=warning"),
        flower_port=flower_port,
    )


def _refuse_taken(port: int, option: str) -> None:
    if not is_free(port):
        raise Complaint(
            f"{LOOPBACK}:{port} is taken by another program, perhaps another `lessonhook run`: "
            f"end that one, or choose another port with {option}"
        )
