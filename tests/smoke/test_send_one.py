"""The smoke test's own script, beside a worker that runs here: so that only containers are new in a container."""

import os
import subprocess
import sys
from pathlib import Path

from lessonhook.config import Settings
from tests.support.environment import environment_of
from tests.support.processes.workers import Workers
from tests.support.rooms import ROOT

SCRIPT = Path(__file__).with_name("send_one.py")


def test_the_script_sees_its_completion_arrive(worker_process: Workers, settings: Settings) -> None:
    """What the containers are asked to do works without them."""
    worker_process.start()
    sent = subprocess.run(
        [sys.executable, "-", "smoke"],
        input=SCRIPT.read_bytes(),
        env={**os.environ, **environment_of(settings)},
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (sent.returncode, sent.stdout.decode().strip()) == (0, "arrived"), sent.stderr.decode()
