"""systemd's units, checked by systemd's own tool where it is installed."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lessonhook.config import Settings
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOT

UNITS = ROOT / "deploy/systemd"
INSTALLED_IN = "/opt/lessonhook/bin/"
GIVING_BACK_SECONDS = 15


def test_systemd_finds_no_fault(tmp_path: Path) -> None:
    """Each unit is read as systemd reads it; the programs are those of this environment."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed here (Debian: systemd)")
    here = str(Path(sys.executable).parent) + "/"
    units = [tmp_path / unit.name for unit in UNITS.iterdir()]
    for unit in units:
        unit.write_text((UNITS / unit.name).read_text().replace(INSTALLED_IN, here))
    checked = subprocess.run(
        [analyze, "verify", *map(str, units)], capture_output=True, check=False, text=True, timeout=PATIENCE_SECONDS
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_worker_is_given_the_time_that_a_delivery_may_take() -> None:
    """And it is started again whatever it ended with: a deaf one leaves on purpose."""
    unit = configparser.RawConfigParser(strict=False)
    unit.read(UNITS / "lessonhook-worker@.service")
    service = unit["Service"]
    assert int(service["TimeoutStopSec"]) >= Settings().lease_seconds + GIVING_BACK_SECONDS
    assert (service["Restart"], service["KillMode"]) == ("always", "mixed")
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
