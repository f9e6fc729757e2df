"""Packages of npm that a test needs, each fetched once into `.cache` and kept between runs."""

import shutil
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.support.rooms import ROOT

_INSTALL_SECONDS: Final = 120


def home_of(package: str) -> Path:
    """Return a folder whose `node_modules` has a package, such as `express@5`; skip the test if npm can't fetch it."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    home = _installed(package)
    if home is None:
        pytest.skip(f"npm can't install {package}")
    return home


@cache
def _installed(package: str) -> Path | None:
    home = ROOT / ".cache" / "npm" / package
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        # Installed beside it and renamed when whole: another process may install too, and either may be ended.
        with tempfile.TemporaryDirectory(dir=home.parent) as unfinished:
            made = Path(unfinished, "made")
            made.mkdir()
            command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(made), package]
            try:
                failed = subprocess.run(command, check=False, timeout=_INSTALL_SECONDS, capture_output=True).returncode
            except subprocess.TimeoutExpired:
                return None
            if failed:
                return None
            with suppress(OSError):
                made.rename(home)
    return home
