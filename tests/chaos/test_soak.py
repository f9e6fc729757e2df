"""A short soak; `make soak` is the long one."""

from pathlib import Path

import pytest

from tests.anomaly.soak import soak


@pytest.mark.long
def test_faults_of_all_kinds_together_lose_nothing(tmp_path: Path) -> None:
    """Servers killed and frozen, workers killed, errors at commands, endpoints that fail; half a minute of it."""
    lines, wrong = soak(0.5, 7, tmp_path)
    assert wrong == [], "\n".join(lines)
