"""Whether what is published is also taken: the broker, the queues, and who reads them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from lessonhook.config import COMPLETIONS, RETRIES
from lessonhook.console.doctor.finding import Finding, fail, ok, warn
from lessonhook.console.wording import count, span

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery
    from lessonhook.ledger import Heartbeat, Ledger

#: A worker answers Celery's remote control within milliseconds, unless it is stuck.
_ANSWER_SECONDS: Final = 1.0
#: A worker gives a sign of life with each sweep; this many missed ones are a silence.
_SWEEPS_MISSED: Final = 6


def check_broker(app: "LessonhookCelery") -> Iterator[Finding]:
    """Yield whether the broker is there, and whether each queue has a consumer."""
    try:
        with app.connection_for_read() as connection:
            connection.connect()
            yield ok("broker", f"answers, {connection.as_uri()}")
        consumed = _consumed(app)
    except (OperationalError, RedisError, OSError) as error:
        yield fail("broker", f"does not answer ({type(error).__name__})", "see LESSONHOOK_BROKER_URL")
        return
    for queue in (COMPLETIONS, RETRIES):
        readers = consumed.get(queue, 0)
        if readers:
            yield ok(f"queue {queue}", f"{count(readers, 'worker takes', 'workers take')} from it")
        else:
            yield fail(f"queue {queue}", "no worker takes from it", f"start one: `lessonhook worker -Q {queue}`")


def check_heartbeats(ledger: "Ledger", sweep_interval_seconds: float) -> Iterator[Finding]:
    """Yield whether workers swept lately, and whether each one takes what waits."""
    beats = ledger.heartbeats.last()
    limit = _SWEEPS_MISSED * sweep_interval_seconds
    fresh = [beat for beat in beats if beat.seconds_ago <= limit]
    if not fresh:
        yield fail("workers", _silence(beats), "start workers: `lessonhook worker`")
        return
    deaf = [beat.hostname for beat in fresh if not beat.consuming]
    if deaf:
        yield fail("workers", f"{', '.join(deaf)}: work waits and none is taken", "restart those workers")
    else:
        yield ok("workers", f"{count(len(fresh), 'worker')} swept within {span(limit)}")
    silent = [beat for beat in beats if beat.seconds_ago > limit]
    if silent:
        last = min(silent, key=lambda beat: beat.seconds_ago)
        yield warn(
            "workers",
            f"{count(len(silent), 'worker')} silent, {last.hostname} for {span(last.seconds_ago)}",
            "nothing to do if they were stopped on purpose; they are forgotten after a day",
        )


def _silence(beats: "list[Heartbeat]") -> str:
    if not beats:
        return "none has given a sign of life in the last day"
    last = min(beats, key=lambda beat: beat.seconds_ago)
    return f"none is there; the last one was {last.hostname}, {span(last.seconds_ago)} ago"


def _consumed(app: "LessonhookCelery") -> dict[str, int]:
    """Count the workers of each queue, by asking all of them."""
    answers: dict[str, list[dict[str, Any]]] = app.control.inspect(timeout=_ANSWER_SECONDS).active_queues() or {}
    counted: dict[str, int] = {}
    for queues in answers.values():
        for queue in queues:
            counted[queue["name"]] = counted.get(queue["name"], 0) + 1
    return counted
