"""What was measured, kept by scenario in `var/bench/`, so that a run can be done in parts."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from bench.process import ROOT

FOLDER: Final = ROOT / "var" / "bench"


def save(scenario: str, records: Iterable[dict[str, Any]], facts: dict[str, Any]) -> None:
    """Keep a scenario's records in place of its former ones."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    document = {"taken": time.strftime("%Y-%m-%d"), **facts, "records": list(records)}
    _path(scenario).write_text(json.dumps(document, indent=1))


def load(scenario: str) -> dict[str, Any] | None:
    """Return what was kept; None if the scenario was never measured."""
    path = _path(scenario)
    if not path.exists():
        return None
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def _path(scenario: str) -> Path:
    return FOLDER / f"{scenario}.json"
