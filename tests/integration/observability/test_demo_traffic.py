"""The program behind `docker compose --profile demo`: companies whose completions arrive."""

import sys
from pathlib import Path

from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from lessonhook.ledger import Ledger
from tests.support.environment import environment_of
from tests.support.people.house import House
from tests.support.processes.child import Process
from tests.support.rooms import ROOT


def delivered(ledger: Ledger) -> dict[str, int]:
    """Return what was delivered to each of its companies."""
    return {name: ledger.lanes.status(name).delivered for name in ("steady", "slow", "flaky")}


def test_it_publishes_for_three_companies_until_it_is_ended(quick_house: House, tmp_path: Path) -> None:
    """Each gets its completions, the slow one too; SIGTERM ends it cleanly."""
    quick_house.workers.start()
    port = free_port()
    command = [sys.executable, str(ROOT / "deploy/demo/traffic.py"), "--port", str(port), "--every", "0.2"]
    traffic = Process(
        "traffic",
        [*command, "--reach", f"http://{LOOPBACK}:{port}"],
        environment_of(quick_house.settings),
        tmp_path / "traffic.log",
    )
    traffic.start()
    try:
        wait_until(
            lambda: min(delivered(quick_house.ledger).values()) >= 2,
            60,
            lambda: f"two deliveries each; {delivered(quick_house.ledger)}\n{traffic.logs()}",
        )
        traffic.terminate()
        assert traffic.wait() == 0
    finally:
        traffic.close()
