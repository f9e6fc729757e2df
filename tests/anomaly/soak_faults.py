"""What befalls a system in the soak: one function for each kind of fault, which begins it, lets it last and ends it."""

import random
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import redis

from lessonhook.config import LessonhookError
from tests.anomaly.faults import CONNECTION, LASTING, ONE_REPLY
from tests.anomaly.sites import Site
from tests.anomaly.trigger import Trigger
from tests.chaos.supervisor import Supervisor
from tests.support.endpoints.exchange import ACCEPTED, FAILED, HANGS, Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.servers.server import Server

#: What the kernel and the doors do is over at once; a fault of Redis' replies lasts for this long.
_DOOR_SECONDS: Final = 3.0
_OF_A_DOOR: Final = (*ONE_REPLY, *CONNECTION, *LASTING)
_DROPS: Final = Response(drops=True)
_TOO_FAST: Final = Response(status=429, headers=(("Retry-After", "1"),))
_SLOW: Final = Response(delay_seconds=1.5)
_OF_AN_ENDPOINT: Final[Mapping[str, Response]] = {
    "503": FAILED,
    "hangs": HANGS,
    "drops": _DROPS,
    "429": _TOO_FAST,
    "slow": _SLOW,
    "410": Response(status=410),
}
#: No JSON, and JSON that is no message.
_POISON: Final = (b"garbage", b"[]", b"{}", b"7", b"\x80\x03}\xff")


@dataclass(slots=True)
class System:
    """What can be struck. Each part has a lock, because no part suffers two faults of one kind at one moment."""

    ledger: Server
    broker: Server
    supervisors: list[Supervisor]
    doors: Mapping[str, Trigger]
    #: Companies whose endpoints fail now and then; those of all others never do.
    failing: list[str]
    #: Beyond this, a lease has ended.
    lease_seconds: float
    pause: Callable[[str], object]
    resume: Callable[[str], object]
    #: What each failing endpoint does now.
    behaviours: dict[str, Response] = field(default_factory=dict)
    locks: dict[str, threading.Lock] = field(default_factory=dict)

    def lock(self, part: str) -> threading.Lock:
        """Return the lock of a part; call it by one thread before the others begin."""
        return self.locks.setdefault(part, threading.Lock())


def _server(system: System, name: str) -> Server:
    return system.ledger if name == "ledger" else system.broker


def _killed(system: System, name: str, chance: random.Random) -> None:
    server = _server(system, name)
    server.kill()
    time.sleep(chance.uniform(0, 6))  # the fault is this time
    server.start()


def _frozen(system: System, name: str, chance: random.Random) -> None:
    server = _server(system, name)
    server.stop()
    time.sleep(chance.uniform(0.5, 8))  # the fault is this time
    server.cont()


def _full(system: System, name: str, chance: random.Random) -> None:
    with _server(system, name).client(socket_timeout=PATIENCE_SECONDS) as client:
        client.config_set("maxmemory", 1)
        time.sleep(chance.uniform(0.3, 4))  # the fault is this time
        client.config_set("maxmemory", 0)


def _commanded(system: System, name: str, command: str, _: random.Random) -> None:
    """Send a command that cuts connections or empties something; the first one cuts its own too."""
    with suppress(redis.ConnectionError), _server(system, name).client(socket_timeout=PATIENCE_SECONDS) as client:
        client.execute_command(*command.split())


def _poisoned(system: System, chance: random.Random) -> None:
    with system.broker.client(socket_timeout=PATIENCE_SECONDS) as client:
        client.lpush(f"lessonhook:broker:{chance.choice(('completions', 'retries'))}", chance.choice(_POISON))


def _worker_killed(system: System, number: int, chance: random.Random) -> None:
    del chance
    system.supervisors[number].kill()


def _worker_ended(system: System, number: int, chance: random.Random) -> None:
    """Ask a worker to end, as each deployment does; its supervisor starts it again."""
    del chance
    supervisor = system.supervisors[number]
    before = len(supervisor.exits)
    supervisor.worker.terminate()
    while len(supervisor.exits) == before:
        time.sleep(0.1)  # between two looks at a process that ends in its own time


def _worker_frozen(system: System, number: int, chance: random.Random) -> None:
    """Freeze a worker, now and then for longer than its lease; a kill meanwhile finds another process."""
    worker = system.supervisors[number].worker
    worker.send(signal.SIGSTOP)
    time.sleep(chance.uniform(1, system.lease_seconds * 1.3))  # the fault is this time
    worker.send(signal.SIGCONT)


def _struck(system: System, door: str, chance: random.Random) -> None:
    """Strike at the next command of a kind that passes a door now and then."""
    trigger = system.doors[door]
    seen = trigger.counts
    if seen:
        fault = chance.choice(_OF_A_DOOR)
        trigger.arm(Site(door, chance.choice(sorted(seen)), 1), fault)
        time.sleep(_DOOR_SECONDS)  # the fault is armed for this time
        trigger.watch()
    time.sleep(1)  # commands are counted meanwhile


def _endpoint(system: System, company: str, how: str, chance: random.Random) -> None:
    system.behaviours[company] = _OF_AN_ENDPOINT[how]
    time.sleep(chance.uniform(2, 20))  # the fault is this time
    system.behaviours[company] = ACCEPTED


def _paused(system: System, company: str, chance: random.Random) -> None:
    with suppress(LessonhookError):
        system.pause(company)
    time.sleep(chance.uniform(1, 6))  # a person's pause
    with suppress(LessonhookError):
        system.resume(company)


Fault = Callable[[random.Random], None]


def every_fault(system: System) -> dict[str, list[tuple[str, Fault]]]:
    """Return the faults by their kinds, each with the part that it strikes."""
    kinds: dict[str, list[tuple[str, Fault]]] = {}

    def add(kind: str, part: str, fault: Fault) -> None:
        system.lock(part)
        kinds.setdefault(kind, []).append((part, fault))

    for name in ("ledger", "broker"):
        add(f"{name} killed", name, partial(_killed, system, name))
        add(f"{name} frozen", name, partial(_frozen, system, name))
        add(f"{name} full", name, partial(_full, system, name))
        for command in ("CLIENT KILL TYPE normal", "SCRIPT FLUSH", "FUNCTION FLUSH"):
            add(f"{name}: {command}", name, partial(_commanded, system, name, command))
    add("broker: FLUSHALL", "broker", partial(_commanded, system, "broker", "FLUSHALL"))
    add("a message that is none", "broker", partial(_poisoned, system))
    for number in range(len(system.supervisors)):
        add("kill -9 of a worker", f"worker {number}", partial(_worker_killed, system, number))
        add("SIGTERM of a worker", f"worker {number}", partial(_worker_ended, system, number))
        add("a worker frozen", f"worker {number}", partial(_worker_frozen, system, number))
    for door in system.doors:
        add(f"an error, a cut or a delay at {door}", door, partial(_struck, system, door))
    for company in system.failing:
        for how in _OF_AN_ENDPOINT:
            add(f"an endpoint: {how}", company, partial(_endpoint, system, company, how))
        add("a pause by an operator", company, partial(_paused, system, company))
    return kinds
