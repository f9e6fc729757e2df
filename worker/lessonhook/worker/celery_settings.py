"""Celery's settings for a worker, each chosen on purpose.

What is said of Celery here was tried on celery and kombu 5.7.0, on one machine with two cores; what a test of ours
holds is marked so. Settings that a producer has as well are in `lessonhook.config.app`.
"""

from typing import TYPE_CHECKING, Any, Final

from lessonhook.config import celery_defaults

if TYPE_CHECKING:
    from lessonhook.config import Settings

#: One answer of the broker. Redis answers in milliseconds; after so long it is frozen, and the connection is dropped.
_TIMEOUT_SECONDS: Final = 10.0
_CONNECT_TIMEOUT_SECONDS: Final = 3.0
#: Slots publish rarely and shortly: most of what a lane has goes on in place.
_PUBLISHING_AT_ONCE: Final = 32
#: Beyond the deadline of a POST, to settle it.
_SETTLING_SECONDS: Final = 1.0


def worker_settings(settings: "Settings") -> dict[str, Any]:
    """Answer the configuration of a worker's application."""
    defaults = celery_defaults(
        settings, connect_timeout_seconds=_CONNECT_TIMEOUT_SECONDS, timeout_seconds=_TIMEOUT_SECONDS
    )
    defaults["broker_transport_options"] |= {
        # What a killed worker held is given back by kombu too, once the visibility timeout is over: looked for each
        # 10 s and in each turn (by default in every tenth one, 100 s). Recovery does not wait for it: the ledger's
        # sweep is sooner by far (tested), and the message finds its event delivered.
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    }
    return (
        defaults
        | _taking(settings)
        | _acknowledging()
        | _reconnecting(settings)
        | _ending(settings)
        | _telling(settings)
    )


def _taking(settings: "Settings") -> dict[str, Any]:
    return {
        # Threads: gevent and eventlet never look for what a killed worker held, and were slower; a process a slot costs
        # memory. Celery can't end a thread: every wait in a task has a limit of its own, the POST has its deadline.
        "worker_pool": "threads",
        "worker_concurrency": settings.worker_slots,
        # Costs nothing with threads, and a worker takes no more than it has slots for: the rest is for other workers.
        "worker_prefetch_multiplier": 1,
        # Not limited: at the limit, immediate tasks would wait for countdowns as well, and prefetch shrinks to 1 for
        # good. Countdowns are few: one a lane, whatever has failed in it (tested).
        "worker_eta_task_limit": None,
        # An LMS's own modules, for instance with receivers of notices.
        "imports": list(settings.worker_imports),
    }


def _acknowledging() -> dict[str, Any]:
    return {
        # After the task, so that a message of a killed worker is not lost at once. Some are, all the same: kombu pops
        # a message before it writes down that it has it (3 of some 1,800 in 12 kills). The ledger knows them (tested).
        "task_acks_late": True,
        # A task that raises is done: how its event ended stands in the ledger.
        "task_acks_on_failure_or_timeout": True,
        # Of use with processes only, and rejecting what a lost one held looped 117 times in 12 seconds.
        "task_reject_on_worker_lost": False,
    }


def _reconnecting(settings: "Settings") -> dict[str, Any]:
    return {
        # A publish that fails is swept: no slot waits long for the broker.
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0.1},
        "broker_pool_limit": min(settings.worker_slots, _PUBLISHING_AT_ONCE),
        # A worker outlives any outage of its broker, at its start as well; by default Celery gives up after 100 tries.
        # `MendedConnection` says how often it tries. One that is connected and hears nothing ends by our watchdog.
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # A thread can't be cancelled, and a POST in flight is settled in the ledger whatever the broker does: its
        # message comes again by then, and is told that there is nothing to do (tested: no repeat).
        "worker_cancel_long_running_tasks_on_connection_loss": False,
    }


def _ending(settings: "Settings") -> dict[str, Any]:
    return {
        # SIGTERM needs no help: what is in flight ends, and what waits, countdowns included, is given back (tested).
        # SIGQUIT would cancel what is in flight, which threads can't, and the worker would end by an exception; with a
        # soft shutdown before it, every POST has had its deadline by then, and it ends well (tested).
        "worker_soft_shutdown_timeout": settings.request_deadline_seconds + _SETTLING_SECONDS,
        # A worker that has nothing in flight gives back its countdowns without one.
        "worker_enable_soft_shutdown_on_idle": False,
    }


def _telling(settings: "Settings") -> dict[str, Any]:
    return {
        # For Flower. Costs about a fifth of the throughput; `LESSONHOOK_TASK_EVENTS=false` turns it off.
        "worker_send_task_events": settings.task_events,
        # structlog owns the log.
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_log_color": False,
    }
