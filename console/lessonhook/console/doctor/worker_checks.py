"""Whether workers take what is published: the broker, its queues, and their consumers."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from lessonhook.config import COMPLETIONS, RETRIES, explain, server_of
from lessonhook.config.celery import BROKER_ERRORS
from lessonhook.console.doctor.finding import Finding, fail, ok, warn
from lessonhook.desk.words import count, span

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery
    from lessonhook.ledger import Heartbeat, Ledger

#: A worker replies to Celery's remote control within milliseconds, unless it is stuck.
_REPLY_SECONDS: Final = 1.0


def check_broker(app: "LessonhookCelery", *, with_queues: bool) -> Iterator[Finding]:
    """Yield whether the broker replies and, with `with_queues`, whether each queue has a consumer."""
    server = server_of(app.settings.broker_url)
    try:
        with app.connection_for_read() as connection:
            connection.connect()
            yield ok("broker", f"replies, {connection.as_uri()}")
        nodes = _nodes(app) if with_queues else []
    except BROKER_ERRORS as error:
        yield fail("broker", explain(error, server), "see LESSONHOOK_BROKER_URL")
        return
    if with_queues:
        yield from _check_queues(nodes)


def _check_queues(nodes: list[tuple[str, list[str]]]) -> Iterator[Finding]:
    names = Counter(name for name, _ in nodes)
    doubled = sorted(name for name, workers in names.items() if workers > 1)
    if doubled:
        yield warn(
            "node names",
            f"several workers are called {', '.join(doubled)}: Flower and `health` see one of them",
            "leave out --hostname, or give each worker its own",
        )
    for queue in (COMPLETIONS, RETRIES):
        readers = sum(queue in queues for _, queues in nodes)
        if readers:
            yield ok(f"queue {queue}", f"{count(readers, 'worker takes', 'workers take')} from it")
        else:
            yield fail(f"queue {queue}", "no worker takes from it", f"start one: `lessonhook worker -Q {queue}`")


def check_heartbeats(ledger: "Ledger", alive_within_seconds: float) -> Iterator[Finding]:
    """Yield whether workers swept lately, and whether each one takes the messages that wait."""
    beats = ledger.heartbeats.last()
    fresh = [beat for beat in beats if beat.seconds_ago <= alive_within_seconds]
    if not fresh:
        yield fail("workers", _silence(beats), "start workers: `lessonhook worker`")
        return
    keyless = [beat.hostname for beat in fresh if beat.keyless]
    if keyless:
        yield fail(
            "workers",
            f"{', '.join(keyless)}: lacks a key that new events are sealed with, and cannot deliver them",
            "give those workers the LESSONHOOK_ENCRYPTION_KEYS of the LMS, and restart them",
        )
    deaf = [beat.hostname for beat in fresh if not beat.consuming and not beat.keyless]
    if deaf:
        yield fail("workers", f"{', '.join(deaf)}: messages wait and it takes none", "restart those workers")
    else:
        yield ok("workers", f"{count(len(fresh), 'worker')} swept within {span(alive_within_seconds)}")
    silent = [beat for beat in beats if beat.seconds_ago > alive_within_seconds]
    if silent:
        last = min(silent, key=lambda beat: beat.seconds_ago)
        yield warn(
            "workers",
            f"{count(len(silent), 'worker')} silent, {last.hostname} for {span(last.seconds_ago)}",
            "nothing to do if they were stopped on purpose; they are dropped from the list after a day",
        )


def _silence(beats: "list[Heartbeat]") -> str:
    if not beats:
        return "none is there: all have ended, or none ever began"
    last = min(beats, key=lambda beat: beat.seconds_ago)
    return f"none is there; the last one was {last.hostname}, {span(last.seconds_ago)} ago"


def _nodes(app: "LessonhookCelery") -> list[tuple[str, list[str]]]:
    """Ask every worker for its queues. Return the name and the queues of each, one pair for each process.

    Not by Celery's `inspect`, which keeps one worker of each name and prints a warning of its own.
    """
    replies: list[dict[str, Any]] = app.control.broadcast("active_queues", reply=True, timeout=_REPLY_SECONDS) or []
    return [(name, [queue["name"] for queue in queues]) for reply in replies for name, queues in reply.items()]
