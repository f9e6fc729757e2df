"""What an operator does at the command line: each command, in a process of its own."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from lessonhook.producer import Subscription
from tests.anomaly.scenario import NOBODY, OPERATOR, Expected, Scenario, deliver, deliver_signed, nothing
from tests.anomaly.scene import Scene

#: A word of a command line that is filled in.
SUBSCRIBER: Final = "{subscriber}"
_DELIVERED: Final = Expected(delivered=1, posts=1)
EVENT: Final = "{event}"
URL: Final = "{url}"
FILE: Final = "{file}"
WORKER: Final = "{worker}"
TODAY: Final = "{today}"


def _held(scene: Scene) -> None:
    scene.world.ledger.pause(scene.subscriber)
    scene.publish(past_doors=True)


def _held_past(scene: Scene) -> None:
    """Have a completion of the past wait until somebody lets the past go on."""
    ledger = scene.world.ledger
    ledger.set_backfill(scene.subscriber, stopped=True, by="an operator")
    event = scene.completion().model_copy(update={"event_id": f"{scene.subscriber}-past"})
    scene.world.watcher.send_completion.backfill([event])
    scene.published.append(f"{scene.subscriber}-past")


def _fetches(scene: Scene) -> None:
    scene.world.watcher.subscriptions.put(Subscription(subscriber=scene.subscriber, callback_url="", pull=True))


def _with_ids(scene: Scene) -> None:
    """Write a file of the ids that a receiver has: it lacks the one that was delivered."""
    deliver(scene)
    scene.file.write_text("an-id-of-somebody-else\n")


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
            "today": f"{datetime.now(UTC):%Y-%m-%d}",
        }
        scene.command(*(word.format(**filled) for word in words))

    return act


def _command(
    *words: str,
    prepare: Callable[[Scene], None] = deliver,
    expected: Expected = _DELIVERED,
    before_again: Callable[[Scene], None] = nothing,
) -> Scenario:
    """Make the scenario of one command: it is given again when the fault is over, and then it must end well."""
    run = _run(*words)

    def again(scene: Scene) -> None:
        before_again(scene)
        run(scene)

    return Scenario("$ " + " ".join(words), "tool", run, expected, prepare, afterwards=again)


def _put_again(scene: Scene) -> None:
    """Save the subscription past all doors, so that there is one to remove again."""
    scene.world.watcher.subscriptions.put(scene.subscription())


_HELD: Final = Expected(held=1, paused=OPERATOR)
_RESUMED: Final = Expected(delivered=1, posts=1, paused=NOBODY)
_NOTHING: Final = Expected()
#: A POST that a person asks for: given twice, there may be two more.
_SENT_AGAIN: Final = Expected(delivered=1, posts=3)

SCENARIOS: Final = (
    _command("status"),
    _command("status", "--json"),
    _command("status", "--state", "quiet"),
    _command("status", SUBSCRIBER),
    _command("watch", "--looks", "1"),
    _command("events", SUBSCRIBER),
    _command("events", SUBSCRIBER, "--json"),
    _command("event", EVENT, "--subscriber", SUBSCRIBER),
    _command("event", EVENT),
    _command("pause", SUBSCRIBER, prepare=deliver, expected=Expected(delivered=1, posts=1, paused=OPERATOR)),
    _command("resume", SUBSCRIBER, prepare=_held, expected=_RESUMED),
    _command("resume", "--all", "--paused-since", "1h", prepare=_held, expected=_HELD),
    _command("replay", EVENT, "--subscriber", SUBSCRIBER, "--yes", expected=_SENT_AGAIN),
    _command("replay-missing", SUBSCRIBER, FILE, "--day", TODAY, "--yes", prepare=_with_ids, expected=_SENT_AGAIN),
    _command("rebuild", FILE, prepare=_with_file),
    _command("reconcile", SUBSCRIBER),
    _command("statement", SUBSCRIBER, "--day", TODAY, prepare=deliver_signed),
    _command("find", EVENT),
    _command("audit"),
    _command("audit", SUBSCRIBER),
    _command("backfill", "status", SUBSCRIBER),
    _command("backfill", "stop", SUBSCRIBER),
    _command("backfill", "resume", SUBSCRIBER, prepare=_held_past),
    _command("drop", SUBSCRIBER, "--reason", "left", "--yes", prepare=_held, expected=Expected(paused=OPERATOR)),
    _command("erase", "--subscriber", SUBSCRIBER, "--user-id", "learner-9", "--yes"),
    _command("doctor"),
    _command("doctor", "--producer"),
    _command("health", "--hostname", WORKER),
    _command("send-test", SUBSCRIBER),
    _command("curl", SUBSCRIBER, EVENT),
    _command("sample", "--subscriber", SUBSCRIBER),
    _command("subscriptions", "put", SUBSCRIBER, URL, "--no-authorization", "--no-signing-secret"),
    _command("subscriptions", "change", SUBSCRIBER, "--max-in-flight", "2"),
    _command("subscriptions", "remove", SUBSCRIBER, "--yes", before_again=_put_again),
    _command("subscriptions", "pull-token", SUBSCRIBER, prepare=_fetches, expected=_NOTHING),
    _command("subscriptions", "show", SUBSCRIBER),
    _command("subscriptions", "list"),
    _command("subscriptions", "rotate-secret", SUBSCRIBER),
    _command("reseal", prepare=_held, expected=_HELD),
    _command("page", "link", SUBSCRIBER),
)
#: Commands for which no scenario is made here, and where their faults are tried instead.
OTHERWISE: Final = {
    "settings": "it connects to nothing",
    "receive": "it connects to nothing",
    "demo": "it starts the Redis that it works with",
    "run": "it starts the Redis that it works with, and then the parts that have scenarios here",
    "worker": "the scenarios `worker: start` and `worker: stop`",
    "flower": "the scenarios of Flower's pages",
}
