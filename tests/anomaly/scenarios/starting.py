"""What a supervisor does: it starts a second worker and ends it again, while the first one serves."""

import signal
import time
from typing import Final

from lessonhook.console.processes import LOOPBACK, free_port
from tests.anomaly.scenario import Expected, Scenario
from tests.anomaly.scene import Scene
from tests.support.environment import environment_of

_READY_SECONDS: Final = 60.0
_END_SECONDS: Final = 60.0


def _start(scene: Scene) -> None:
    """Start a worker, and leave it some time to be ready: the fault may be what it waits for."""
    port = free_port()
    changes = {
        "metrics_port": port,
        "metrics_address": LOOPBACK,
        "sweep_interval_seconds": scene.world.settings.sweep_interval_seconds,
    }
    settings = scene.world.settings_of("tool").model_copy(update=changes)
    command = ["celery", "-A", "lessonhook.worker", "worker", "--hostname", f"{scene.subscriber}@started"]
    scene.started = scene.world.nursery.start(command, environment_of(settings))
    scene.started_port = port
    ends = time.monotonic() + _READY_SECONDS
    while time.monotonic() < ends and scene.started.running and not scene.world.readiness(port)[0]:
        time.sleep(0.02)  # between two looks: readiness is asked for, and never announced


def _publish_and_end(scene: Scene) -> None:
    scene.publish(past_doors=True)
    _end(scene)


def _await_and_end(scene: Scene) -> None:
    """Wait until the worker is ready, which it must be by now, and end it."""
    ends = time.monotonic() + _READY_SECONDS
    while time.monotonic() < ends and scene.started.running and not scene.world.readiness(scene.started_port)[0]:
        time.sleep(0.02)  # between two looks: readiness is asked for, and never announced
    ready, why = scene.world.readiness(scene.started_port)
    scene.notes += [] if ready else [f"the started worker is not ready: {why}; {scene.started.logs()[-600:]}"]
    _publish_and_end(scene)


def _end(scene: Scene) -> None:
    scene.started.send(signal.SIGTERM)
    code = scene.started.wait(_END_SECONDS)
    if code is None:
        scene.started.send(signal.SIGKILL)
        scene.started.wait(_END_SECONDS)
    if code != 0:
        words = [line for line in scene.started.logs().splitlines() if "rror" in line][-1:]
        scene.notes.append(f"the started worker ended with {code}: {''.join(words)[:300]}")


SCENARIOS: Final = (
    Scenario("worker: start", "tool", _start, Expected(delivered=1, posts=1), afterwards=_await_and_end),
    Scenario("worker: stop", "tool", _publish_and_end, Expected(delivered=1, posts=1), prepare=_start),
)
