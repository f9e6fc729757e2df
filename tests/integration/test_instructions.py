"""What a delivery costs Redis, in instructions that callgrind counts: the same on a busy machine as on a quiet one.

The bounds are what was measured with the Valkey of its wheel (483,000, 334,000 and 471,000; 169,000 for an event that
is recorded with others), and a tenth at most. A record also enters the indexes by learner and by lesson. As scripts,
the transitions need more than that.
"""

import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import pytest

from lessonhook.ledger import RECORDED_AT_ONCE, Delivery, FreshEvent, Kind, Ledger, Outcome, Policy, Reason
from lessonhook.ledger.redis.connection import connect
from tests.support.servers.server import Server

_LANES: Final = 100
_ACCEPTED: Final = Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200, seconds=0.004, response="{}")
_BOUNDS: Final = {"record": 531_000, "admit": 367_000, "settle": 518_000}
#: Events of an import, and the instructions that each may take.
_IMPORTED: Final = 20 * RECORDED_AT_ONCE
_IMPORTED_BOUND: Final = 184_000
_SECONDS: Final = 120
_HOUR_MS: Final = 3_600_000
#: On a busy machine the test takes longer than a lease, and a lane whose lease is over costs more.
_PATIENT: Final = Policy(
    lease_ms=_HOUR_MS, republish_after_ms=_HOUR_MS, retry_delay_ms=_HOUR_MS, hanging_after_ms=_HOUR_MS
)
_TOTAL: Final = re.compile(r"^totals: (\d+)", re.MULTILINE)


def _found(program: str) -> str:
    path = shutil.which(program)
    assert path is not None, f"{program} is not installed"
    return path


class CountedServer(Server):
    """A server whose instructions callgrind counts, once it is told to."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._counts = directory
        callgrind = [
            _found("valgrind"),
            "--tool=callgrind",
            "--instr-atstart=no",
            # Only the functions of the library: what the server does by the clock depends on how long a count takes.
            "--toggle-collect=fcallCommand",
            f"--callgrind-out-file={directory}/counts",
        ]
        self._command = [*callgrind, *self._command]

    @contextmanager
    def counting(self, name: str, found: dict[str, float], times: int = _LANES) -> Iterator[None]:
        """Count the instructions meanwhile, and put them into `found`, for each of what is done so many times."""
        self._control("--instr=on")
        yield
        self._control("--instr=off")
        self._control(f"--dump={name}")
        dumps = [path.read_text(errors="replace") for path in sorted(self._counts.glob("counts.*"))]
        dump = next(text for text in dumps if f"desc: Trigger: dump {name}\n" in text)
        found[name] = int(_TOTAL.findall(dump)[0]) / times

    def _control(self, command: str) -> None:
        subprocess.run(
            [_found("callgrind_control"), command, str(self.pid)], check=True, capture_output=True, timeout=_SECONDS
        )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CountedServer]:
    """Yield a Valkey under callgrind."""
    if shutil.which("valgrind") is None or platform.machine() != "x86_64":
        pytest.skip("valgrind is not installed here, or the instructions are other ones")
    with CountedServer(tmp_path) as running:
        yield running


def test_a_delivery_takes_so_many_instructions_of_redis(server: CountedServer) -> None:
    """A fresh event's record, admission and settlement."""
    client = connect(server.url, timeout_seconds=_SECONDS, connect_timeout_seconds=_SECONDS)
    ledger = Ledger(client, _PATIENT, kept_connections=1)
    lanes = [f"company-{number}" for number in range(_LANES)]
    for lane in lanes:
        ledger.subscribe(lane, document=b"{}", endpoint="one", max_in_flight=None, max_per_second=None)
    found: dict[str, float] = {}

    def deliver_all(event_id: str, around: Callable[[str], AbstractContextManager[None]]) -> None:
        with around("record"):
            for lane in lanes:
                ledger.record(lane, event_id, body=b"x" * 400, learner="ann", lesson="fire", completed_at=1)
        with around("admit"):
            handed = [ledger.admit(lane, event_id).delivery for lane in lanes]
        with around("settle"):
            for lane, delivery in zip(lanes, handed, strict=True):
                assert isinstance(delivery, Delivery)
                ledger.settle(lane, event_id, delivery.token, _ACCEPTED, in_place=True, worker="worker@host")

    @contextmanager
    def uncounted(_name: str) -> Iterator[None]:
        yield

    deliver_all("first", uncounted)
    deliver_all("second", lambda name: server.counting(name, found))
    client.close()
    assert all(0 < found[name] <= bound for name, bound in _BOUNDS.items()), found


def test_an_event_of_an_import_takes_so_many_instructions_of_redis(server: CountedServer) -> None:
    """Recorded with others of its subscriber, of a learner of its own, behind those that wait already."""
    client = connect(server.url, timeout_seconds=_SECONDS, connect_timeout_seconds=_SECONDS)
    ledger = Ledger(client, Policy(), kept_connections=1)
    ledger.subscribe("acme", document=b"{}", endpoint="one", max_in_flight=None, max_per_second=None)
    found: dict[str, float] = {}

    def record(prefix: str, number: int) -> None:
        names = [f"{prefix}-{number + each}" for each in range(RECORDED_AT_ONCE)]
        ledger.record_many("acme", [FreshEvent(name, b"x" * 400, name, "fire", 1) for name in names])

    # Before the count, so many that the server's tables do not grow during it.
    for number in range(0, 4 * _IMPORTED, RECORDED_AT_ONCE):
        record("before", number)
    with server.counting("imported", found, times=_IMPORTED):
        for number in range(0, _IMPORTED, RECORDED_AT_ONCE):
            record("imported", number)
    client.close()
    assert 0 < found["imported"] <= _IMPORTED_BOUND, found
