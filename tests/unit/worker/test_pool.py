"""Which options of `celery worker` are refused, as an operator would give them."""

import subprocess
import sys

import pytest

from tests.support.patience import PATIENCE_SECONDS

_WORKER = (sys.executable, "-m", "celery", "-A", "lessonhook.worker", "worker")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--pool", "processes"], "leave --pool out"),
        (["--pool", "prefork"], "leave --pool out"),
        (["--autoscale", "8,2"], "slots do not autoscale"),
    ],
)
def test_what_would_look_well_and_not_work_is_refused_at_the_start(options: list[str], said: str) -> None:
    """Processes would make the worker count as deaf under load; autoscaling ends it with the first work."""
    ended = subprocess.run([*_WORKER, *options], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert ended.returncode == 2
    assert said in ended.stderr
