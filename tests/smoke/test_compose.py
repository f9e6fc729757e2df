"""The service in containers, as `make up` starts it: it becomes healthy, delivers, and goes on after kills."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.rooms import ROOT

pytestmark = pytest.mark.engine

SCRIPT = Path(__file__).with_name("send_one.py")
#: A project of its own: the containers and the data of a service that runs here are not touched.
COMPOSE = ["docker", "compose", "--project-name", "lessonhook-smoke"]
ENVIRONMENT = {
    **os.environ,
    "LESSONHOOK_FLOWER_BASIC_AUTH": "smoke:smoke",
    "LESSONHOOK_ALLOWED_PRIVATE_NETWORKS": '["127.0.0.0/8"]',
}
#: The image is built at the first start.
_LONG_SECONDS = 900.0


def compose(*arguments: str, given: bytes | None = None) -> str:
    """Run `docker compose` and return what it printed. Raises AssertionError with its errors if it fails."""
    ran = subprocess.run(
        [*COMPOSE, *arguments],
        input=given,
        env=ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
        timeout=_LONG_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode()


def deliver(event_id: str) -> None:
    """Send one completion from within the worker's container, to an endpoint there."""
    script = SCRIPT.read_bytes()
    assert "arrived" in compose("exec", "-T", "worker-completions", "python", "-", event_id, given=script)


@pytest.fixture(scope="module")
def service() -> Iterator[None]:
    """Start all containers and wait until they are healthy; remove them and their data."""
    try:
        compose("up", "--build", "--detach", "--wait")
        yield
    finally:
        compose("down", "--volumes", "--timeout", "30")


@pytest.mark.usefixtures("service")
def test_a_completion_arrives() -> None:
    """Healthy means that it delivers."""
    deliver("first")


@pytest.mark.usefixtures("service")
def test_a_killed_worker_is_started_again() -> None:
    """Its supervisor starts it, and it delivers."""
    compose("kill", "worker-completions")
    compose("up", "--detach", "--wait", "worker-completions")
    deliver("after-worker-kill")


@pytest.mark.usefixtures("service")
def test_a_killed_redis_comes_back_with_its_data() -> None:
    """Redis is killed and started on its volume; the workers, which were not, find it again."""
    compose("kill", "redis")
    compose("up", "--detach", "--wait")
    deliver("after-redis-kill")
