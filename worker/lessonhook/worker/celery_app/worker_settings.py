"""Celery's settings for a worker, each chosen on purpose.

Statements about Celery were verified on celery and kombu 5.7.0, with two cores. Those marked "(tested)" are covered by
our tests. Settings that a producer has as well are in `lessonhook.config.celery.lessonhook_celery`.
"""

from typing import TYPE_CHECKING, Any, Final

from lessonhook.config import celery_defaults
from lessonhook.worker.celery_app.guarded_consumer import GuardedConsumer
from lessonhook.worker.celery_app.loop_pool import LOOP_POOL

if TYPE_CHECKING:
    from lessonhook.config import Settings

#: Time limit for one reply of the broker. Redis replies in milliseconds; after this long it is frozen, and the
#: connection is dropped.
_TIMEOUT_SECONDS: Final = 10.0
_CONNECT_TIMEOUT_SECONDS: Final = 3.0
#: Slots publish rarely and briefly, because most events of a lane are delivered without a message of their own.
_PUBLISHING_AT_ONCE: Final = 32
#: Time to settle a POST after its deadline.
_SETTLING_SECONDS: Final = 1.0


def worker_settings(settings: "Settings") -> dict[str, Any]:
    """Return the configuration of a worker's application."""
    defaults = celery_defaults(
        settings, connect_timeout_seconds=_CONNECT_TIMEOUT_SECONDS, timeout_seconds=_TIMEOUT_SECONDS
    )
    # kombu would write down in Redis which messages a worker holds, in two transactions a message, to give a killed
    # worker's back after the visibility timeout. The ledger's sweep recovers them within seconds, with or without that
    # book (tested), so it is kept in memory. On a warm shutdown what is held is given back either way.
    defaults["broker_transport_options"]["ack_emulation"] = False
    # A broker that hangs is noticed by its silence: at kombu's 25 s after 47 s, at 5 s after 6 (measured).
    defaults["broker_transport_options"]["health_check_interval"] = 5
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
        # A slot is a coroutine: `LoopPool` says what was tried beside it. Celery can't end one, so every wait in a turn
        # has a limit of its own, and the POST has its deadline.
        "worker_pool": LOOP_POOL,
        "worker_concurrency": settings.worker_slots,
        "worker_consumer": GuardedConsumer,
        # A worker takes no more messages than it has slots and leaves the rest to others.
        "worker_prefetch_multiplier": 1,
        # Unlimited, because at a limit immediate tasks would wait for countdowns too, and prefetch would shrink to 1
        # for good. Countdowns are few: one for each lane, however many events failed in it (tested).
        "worker_eta_task_limit": None,
        # An LMS's own modules, for instance with receivers of notices.
        "imports": list(settings.worker_imports),
    }


def _acknowledging() -> dict[str, Any]:
    return {
        # After the task, so that the messages of a killed worker are not lost. A few are lost nevertheless, because
        # kombu pops a message before it records that (3 of some 1,800 in 12 kills). The ledger knows them (tested).
        "task_acks_late": True,
        # A task that raises is done, because the ledger has recorded how its event ended.
        "task_acks_on_failure_or_timeout": True,
        # Useful with processes only. Rejecting the message of a lost process looped 117 times in 12 seconds.
        "task_reject_on_worker_lost": False,
    }


def _reconnecting(settings: "Settings") -> dict[str, Any]:
    return {
        # The sweep repeats a failed publish, so no slot waits long for the broker.
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0.1},
        "broker_pool_limit": min(settings.worker_slots, _PUBLISHING_AT_ONCE),
        # A worker outlives any outage of its broker, at its start as well. By default Celery gives up after 100 tries.
        # `MendedConnection` sets the time between them. Our watchdog ends a connected worker that receives nothing.
        # The same for RabbitMQ, by the heartbeats of AMQP.
        "broker_heartbeat": 10,
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # Celery can't cancel a turn, and a POST in flight is settled in the ledger whatever the broker does. When its
        # message comes again, there is nothing left to do (tested: no repeated POST).
        "worker_cancel_long_running_tasks_on_connection_loss": False,
    }


def _ending(settings: "Settings") -> dict[str, Any]:
    return {
        # SIGTERM needs nothing: POSTs in flight end, and waiting messages, countdowns included, are returned (tested).
        # At SIGQUIT Celery cancels the tasks in flight. It can't cancel turns, so the worker would end by an exception.
        # With a soft shutdown before, every POST has reached its deadline by then, and the worker ends well (tested).
        "worker_soft_shutdown_timeout": settings.request_deadline_seconds + _SETTLING_SECONDS,
        # A worker with nothing in flight gives back its countdowns without a soft shutdown.
        "worker_enable_soft_shutdown_on_idle": False,
    }


def _telling(settings: "Settings") -> dict[str, Any]:
    return {
        # For Flower. It costs about a fifth of the throughput; `LESSONHOOK_TASK_EVENTS=false` turns it off.
        "worker_send_task_events": settings.task_events,
        # structlog owns the log.
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_log_color": False,
    }
