"""What `lessonhook run` starts: each part's command line, and the environment that they all share."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lessonhook.console.exits import Complaint
from lessonhook.console.processes import LOOPBACK, is_free, server_command, server_url
from lessonhook.console.starters import celery_command, flower_command

#: Not Redis' own 6379, where a server of the machine's may listen.
REDIS_PORT: Final = 6399
FLOWER_PORT: Final = 5555
#: A name of its own, so that its answer can be told from that of other workers on the same Redis, and on this host,
#: so that `lessonhook health` finds it.
WORKER: Final = f"run@{socket.gethostname()}"
_REDIS_URL: Final = "LESSONHOOK_REDIS_URL"
_NETWORKS: Final = "LESSONHOOK_ALLOWED_PRIVATE_NETWORKS"


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts to start, and with what."""

    environment: Mapping[str, str]
    redis_url: str
    #: What of it another shell lacks, whose commands are to do the same.
    exports: Mapping[str, str]
    #: None where the environment names a Redis.
    server: list[str] | None
    worker: list[str]
    flower: list[str]
    flower_port: int


def plan(*, redis_port: int, flower_port: int, data: Path) -> Plan:
    """Make the plan; raise a Complaint if a port is taken, before anything is started."""
    environment = dict(os.environ)
    exports: dict[str, str] = {}
    server = None
    if _REDIS_URL not in environment:
        _refuse_taken(redis_port, "--redis-port")
        directory = data.absolute() / "valkey"
        # Completions and credentials: for this user alone.
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = server_command(redis_port, directory, append_only=True)
        exports[_REDIS_URL] = server_url(redis_port)
    if _NETWORKS not in environment:
        exports[_NETWORKS] = '["127.0.0.0/8", "::1/128"]'
    environment |= exports
    _refuse_taken(flower_port, "--flower-port")
    return Plan(
        environment=environment,
        redis_url=environment[_REDIS_URL],
        exports=exports,
        server=server,
        worker=celery_command("worker", "--hostname", WORKER),
        flower=flower_command(f"--port={flower_port}"),
        flower_port=flower_port,
    )


def _refuse_taken(port: int, option: str) -> None:
    if not is_free(port):
        raise Complaint(
            f"{LOOPBACK}:{port} is taken by another program, perhaps another `lessonhook run`: "
            f"end that one, or choose another port with {option}"
        )
