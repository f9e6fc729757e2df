"""Celery's pool of a worker: a slot is a coroutine, and all turns run on one event loop.

Celery hands a message to `on_apply` and wants to be called when the task has begun and when it has ended. Its own trace
(state, result, signals, acknowledgement, task events) is called once the turn has ended, with the result at hand.

With processes, nobody sees in the parent that a child takes work: under load the worker counts as deaf and ends itself,
again and again, with POSTs in flight. Green threads never give back what a killed worker held. Threads, and none for a
debugger, work; they wait for turns on the same loop, at twice the CPU time a delivery. (all of it run, on celery 5.7.0)
"""

import os
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog
from celery import signals
from celery.concurrency import get_implementation
from celery.concurrency.base import BasePool, apply_target
from celery.concurrency.solo import TaskPool as SoloPool
from celery.concurrency.thread import TaskPool as ThreadsPool
from click import UsageError
from kombu.serialization import loads

from lessonhook.config import ERRAND_TASK_NAME, TASK_NAME, shortage_in
from lessonhook.worker.celery_app.asked_turn import take_turn
from lessonhook.worker.delivery.task_result import UNREADABLE, TaskResult
from lessonhook.worker.runtime.slots import Pace

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    from lessonhook.worker.runtime.runtime import Runtime

_log: Final = structlog.get_logger("lessonhook.worker")
#: As `worker_pool` names it.
LOOP_POOL: Final = "lessonhook.worker.celery_app.loop_pool:LoopPool"
#: Where the trace finds, among a message's headers, how its turn ended.
TURN_RESULT: Final = "lessonhook_turn_result"
#: As kombu names JSON.
_ACCEPTED: Final = frozenset({"application/json"})
#: Messages that wait to be begun, before Celery's main thread waits: what this worker can't begin, another one could.
_INBOX_LIMIT: Final = 64
#: At most so long the main thread waits: heartbeats and timers are its work as well.
_INBOX_PATIENCE_SECONDS: Final = 0.05
#: Errands at once; further ones wait without a slot. Each has a thread, which waits for an endpoint.
_ERRANDS: Final = 128
#: Receivers of these want to be called around a turn, OpenTelemetry's among them, and an LMS's own may block. Where
#: there are any, each turn has a thread that waits for it, as with Celery's own pool.
_SIGNALS_OF_A_TRACE: Final = (
    signals.task_prerun,
    signals.task_postrun,
    signals.task_success,
    signals.task_retry,
    signals.task_failure,
)
_OWN_POOL: Final = (
    "lessonhook's worker runs on a pool of its own: leave --pool out, and set the slots with --concurrency; "
    "--processes starts several processes; for a debugger there are --pool=threads and --pool=solo"
)


def check_pool_option(pool: Any) -> None:
    """Raise a UsageError for a --pool on the command line that is not one of a debugger.

    Celery turns `--pool=prefork` into the pool of the settings, which is ours: somebody meant processes.
    """
    if pool is not None and not issubclass(get_implementation(pool), ThreadsPool | SoloPool):
        raise UsageError(_OWN_POOL)


def check_pool(pool: Any, autoscale: Any) -> None:
    """Raise a UsageError for options of `celery worker` that must not be used; None is an option that is not given."""
    if pool is not None and not issubclass(get_implementation(pool), LoopPool | ThreadsPool | SoloPool):
        raise UsageError(_OWN_POOL)
    if autoscale:
        raise UsageError("a slot costs next to nothing, so slots do not autoscale: set how many with --concurrency")


class _Job(NamedTuple):
    target: "Callable[..., Any]"
    arguments: tuple[Any, ...]
    ended: "Callable[[Any], None] | None"
    accepted: "Callable[[int, float], None] | None"


class LoopPool(BasePool):
    """One turn a message, as many at once as Celery's prefetch lets in: `worker_concurrency` of them."""

    body_can_be_buffer = True
    signal_safe = False
    app: Any
    limit: int

    def on_start(self) -> None:
        """Begin; the loop, the client and the ledger are the runtime's."""
        self._runtime: Runtime = self.app.runtime
        self._loop = self._runtime.loop.loop
        #: Other brokers are told by their connection, which may block.
        self._acknowledges_in_memory = self.app.acknowledges_in_memory
        self._inbox: deque[_Job] = deque()
        self._woken = False
        self._begun = threading.Condition()
        self._running: set[asyncio.Task[None]] = set()
        self._idle = threading.Event()
        self._idle.set()
        self._threads = ThreadPoolExecutor(self.limit, thread_name_prefix="lessonhook-task")
        self._errands = ThreadPoolExecutor(_ERRANDS, thread_name_prefix="lessonhook-errand")

    def on_apply(
        self,
        target: "Callable[..., Any]",
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        callback: "Callable[[Any], None] | None" = None,
        accept_callback: "Callable[[int, float], None] | None" = None,
        **options: Any,
    ) -> None:
        """Take a message over from Celery's main thread."""
        del options
        if getattr(args[0], "name", args[0]) == ERRAND_TASK_NAME:
            self._apply_errand(target, args, kwargs, callback, accept_callback)
            return
        if _is_watched() or getattr(args[0], "name", args[0]) != TASK_NAME:
            # A task of an LMS's own module may block as well.
            self._threads.submit(apply_target, target, args, kwargs, callback, accept_callback)
            return
        with self._begun:
            self._idle.clear()
            self._inbox.append(_Job(target, args, callback, accept_callback))
            wake, self._woken = not self._woken, True
        if wake:
            self._loop.call_soon_threadsafe(self._begin)
        if len(self._inbox) > _INBOX_LIMIT:
            with self._begun:
                self._begun.wait_for(lambda: len(self._inbox) <= _INBOX_LIMIT, _INBOX_PATIENCE_SECONDS)

    def _apply_errand(self, *job: Any) -> None:
        """Run an errand without a slot: a person's POSTs may wait for an endpoint for minutes."""
        slots = self._runtime.slots
        places: list[Any] = []
        self._loop.call_soon_threadsafe(lambda: places.append(slots.step_aside(Pace.ERRAND)))

        def end() -> None:
            if places[0] is not None:
                slots.come_back(Pace.ERRAND, places[0])

        def run() -> None:
            try:
                apply_target(*job)
            finally:
                self._loop.call_soon_threadsafe(end)

        self._errands.submit(run)

    def on_stop(self) -> None:
        """Wait for the turns in hand; each ends by its POST's deadline, since none goes on in its lane any more."""
        self._threads.shutdown(cancel_futures=True)
        self._errands.shutdown(cancel_futures=True)
        self._idle.wait()

    def on_terminate(self) -> None:
        """Leave the turns in hand: their leases end, and the sweep finds their events."""

    def _get_info(self) -> dict[str, Any]:
        info: dict[str, Any] = super()._get_info()
        return info | {"max-concurrency": self.limit, "turns": len(self._running)}

    def _begin(self) -> None:
        """Begin what is in the inbox, on the loop."""
        with self._begun:
            jobs, self._woken = list(self._inbox), False
            self._inbox.clear()
            self._begun.notify_all()
        for job in jobs:
            task = self._loop.create_task(self._run(job))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # Its message stays unacknowledged, and the sweep finds its event.
            lacking = shortage_in(error)
            facts: dict[str, Any] = {"because": lacking} if lacking else {"exc_info": error}
            _log.error("turn.crashed", error=type(error).__name__, **facts)
        with self._begun:
            if not self._running and not self._inbox:
                self._idle.set()

    async def _run(self, job: _Job) -> None:
        """Take one message's turn, then have Celery conclude the task."""
        began = time.monotonic()
        if job.accepted:
            job.accepted(os.getpid(), began)
        request = job.arguments[2]
        # By the message and not by its id: one event may have two messages, and two turns at once.
        result = request[TURN_RESULT] = await self._take_turn(job, request)
        seconds = time.monotonic() - began if result.seconds is None else result.seconds
        if self._acknowledges_in_memory:
            _conclude(job, seconds)
        else:
            await self._runtime.helpers.run(_conclude, job, seconds)

    async def _take_turn(self, job: _Job, headers: "Mapping[str, Any]") -> TaskResult:
        """Take the turn that a message asks for; one without ids is for Celery's trace to report."""
        _, _, _, body, content_type, encoding = job.arguments
        try:
            (subscriber, event_id), *_ = loads(body, content_type, encoding, accept=_ACCEPTED)
        except Exception:  # noqa: BLE001 - the trace reads it again, and reports what is wrong
            return UNREADABLE
        return await take_turn(self._runtime, subscriber, event_id, headers)


def _is_watched() -> bool:
    return any(signal.receivers for signal in _SIGNALS_OF_A_TRACE)


def _conclude(job: _Job, seconds: float) -> None:
    """Call Celery's trace, which runs the task's function and reports how it ended.

    `seconds` is the runtime that it reports: that of the event's own POST. Celery would report how long its trace took.
    """

    def trace(*arguments: Any) -> Any:
        failed, value, _ = job.target(*arguments)
        return failed, value, seconds

    apply_target(trace, job.arguments, {}, job.ended)
