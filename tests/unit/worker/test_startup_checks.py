"""Which settings a worker refuses to start with, as an operator would give them."""

import os
import subprocess
import sys

import pytest

from tests.support.patience import PATIENCE_SECONDS

_WORKER = (sys.executable, "-m", "celery", "-A", "lessonhook.worker", "worker")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("LESSONHOOK_PROXY_URL", "socks5://user:MARK@proxy.example", "must be like http://proxy.example:3128"),
        ("LESSONHOOK_ENCRYPTION_KEYS", '["MARK"]', "key 1 of LESSONHOOK_ENCRYPTION_KEYS is no Fernet key"),
    ],
)
def test_a_worker_that_could_deliver_nothing_does_not_start(variable: str, value: str, said: str) -> None:
    """It would look ready, take event after event, and crash on each; what is said quotes no secret."""
    ended = subprocess.run(
        _WORKER,
        env={**os.environ, variable: value},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "MARK" not in ended.stdout + ended.stderr
