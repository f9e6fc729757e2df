"""Stops a worker from taking messages while it lacks a key that new values are sealed with, and another worker has it.

Such a worker fails in microseconds. It would take half of all messages from the other one, and deliver none of them. If
no worker has the key, none stops: what they can open is delivered, and the rest is given back.
"""

import threading
from typing import TYPE_CHECKING, Any, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from lessonhook.ledger import Ledger

_log: Final = structlog.get_logger("lessonhook.worker")


class KeyWatch:
    """Compares the worker's keys with those that the ledger's writers announce. Any thread may call it.

    `ledger` is asked for at each check, because a Cluster's client connects when it is made.
    Another worker counts as alive if its heartbeat is no older than `alive_within_seconds`.
    """

    def __init__(self, ledger: "Callable[[], Ledger]", hostname: str, alive_within_seconds: float) -> None:
        self._ledger = ledger
        self._hostname = hostname
        self._alive_within_seconds = alive_within_seconds
        self._consumer: Any = None
        self._lock = threading.Lock()
        self._missing: list[str] = []
        self._stopped = False
        self._cancelled: list[str] = []

    def check(self) -> bool:
        """Return whether a key is missing. Stop taking messages if another worker has it, or take them again.

        May raise `redis.exceptions.RedisError`.
        """
        missing = self._ledger().sealing_keys.missing()
        stopped = bool(missing) and self._is_another_complete()
        with self._lock:
            if missing != self._missing:
                self._missing = missing
                self._report()
            if stopped is not self._stopped:
                self._stopped = stopped
                _log.warning("worker.stopped_taking" if stopped else "worker.takes_again")
                self._apply()
        return bool(missing)

    def consumer_started(self, consumer: Any) -> None:
        """Stop a consumer that starts on a worker that takes no messages."""
        with self._lock:
            self._consumer = consumer
            if self._stopped:
                self._apply()

    def _is_another_complete(self) -> bool:
        return any(
            beat.consuming and not beat.keyless and beat.hostname != self._hostname
            for beat in self._ledger().heartbeats.last()
            if beat.seconds_ago <= self._alive_within_seconds
        )

    def _report(self) -> None:
        if self._missing:
            then = "gives back what it cannot open; set LESSONHOOK_ENCRYPTION_KEYS as the LMS has it, and restart"
            _log.error("worker.keyless", keys=self._missing, then=then)
        else:
            _log.warning("worker.keys_complete")

    def _apply(self) -> None:
        """Let Celery's own thread cancel the queues, or take from them again."""
        consumer = self._consumer
        if consumer is None:
            return
        if self._stopped:
            self._cancelled += [name for name in consumer.app.amqp.queues.consume_from if name not in self._cancelled]
            for queue in self._cancelled:
                consumer.call_soon(consumer.cancel_task_queue, queue)
        else:
            for queue in self._cancelled:
                consumer.call_soon(consumer.add_task_queue, queue)
            self._cancelled = []
