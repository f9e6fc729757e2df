"""What an operator does at the command line: each command, in a process of its own."""

import json
from collections.abc import Callable
from typing import Final

from tests.anomaly.scenario import NOBODY, OPERATOR, Expected, Scenario
from tests.anomaly.scene import Scene

#: A word of a command line that is filled in.
SUBSCRIBER: Final = "{subscriber}"
_DELIVERED: Final = Expected(delivered=1, posts=1)
EVENT: Final = "{event}"
URL: Final = "{url}"
FILE: Final = "{file}"
WORKER: Final = "{worker}"


def _delivered(scene: Scene) -> None:
    scene.publish(past_doors=True)
    scene.wait(lambda: scene.status.delivered, "a delivery")


def _held(scene: Scene) -> None:
    scene.world.ledger.pause(scene.subscriber)
    scene.publish(past_doors=True)


def _with_file(scene: Scene) -> None:
    """Write a completion that the ledger does not know into a file, for rebuild."""
    completion = scene.completion().model_dump(mode="json")
    scene.file.write_text(json.dumps(completion) + "\n")


def _run(*words: str) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        event = scene.published[0] if scene.published else ""
        url = scene.subscription().callback_url
        filled = {
            "subscriber": scene.subscriber,
            "event": event,
            "url": url,
            "file": str(scene.file),
            "worker": scene.world.worker.name,
        }
        scene.command(*(word.format(**filled) for word in words))

    return act


def _command(*words: str, prepare: Callable[[Scene], None] = _delivered, expected: Expected = _DELIVERED) -> Scenario:
    """Make the scenario of one command: it is given again when the fault is over, and then it must end well."""
    run = _run(*words)
    return Scenario("$ " + " ".join(words), "tool", run, expected, prepare, afterwards=run)


_HELD: Final = Expected(held=1, paused=OPERATOR)
_RESUMED: Final = Expected(delivered=1, posts=1, paused=NOBODY)

SCENARIOS: Final = (
    _command("status"),
    _command("status", "--json"),
    _command("status", SUBSCRIBER),
    _command("watch", "--looks", "1"),
    _command("events", SUBSCRIBER),
    _command("events", SUBSCRIBER, "--json"),
    _command("event", EVENT, "--subscriber", SUBSCRIBER),
    _command("event", EVENT),
    _command("pause", SUBSCRIBER, prepare=_delivered, expected=Expected(delivered=1, posts=1, paused=OPERATOR)),
    _command("resume", SUBSCRIBER, prepare=_held, expected=_RESUMED),
    # A replay is a POST that a person asks for: given twice, there may be two more.
    _command("replay", EVENT, "--subscriber", SUBSCRIBER, "--yes", expected=Expected(delivered=1, posts=3)),
    _command("rebuild", FILE, prepare=_with_file),
    _command("reconcile", SUBSCRIBER),
    _command("erase", "--subscriber", SUBSCRIBER, "--user-id", "learner-9", "--yes"),
    _command("doctor"),
    _command("health", "--hostname", WORKER),
    _command("send-test", SUBSCRIBER),
    _command("curl", SUBSCRIBER, EVENT),
    _command("subscriptions", "put", SUBSCRIBER, URL, "--no-authorization", "--no-signing-secret"),
    _command("subscriptions", "show", SUBSCRIBER),
    _command("subscriptions", "list"),
    _command("subscriptions", "rotate-secret", SUBSCRIBER),
    _command("reseal", prepare=_held, expected=_HELD),
)
