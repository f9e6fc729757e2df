"""The worker's Celery application: `celery -A lessonhook.worker worker` starts it with the right defaults."""

from typing import Any, Final

from celery import bootsteps, signals
from celery.apps.worker import Worker

from lessonhook.config import LessonhookCelery, Settings, celery_defaults, configure_logging
from lessonhook.worker.connection import MendedAMQP
from lessonhook.worker.dispatcher import DeliveryEvents
from lessonhook.worker.runtime import Runtime
from lessonhook.worker.services import ServicesStep, services_first
from lessonhook.worker.task import register

_TIMEOUT_SECONDS: Final = 10.0
_CONNECT_TIMEOUT_SECONDS: Final = 3.0


def _defaults(settings: Settings) -> dict[str, Any]:
    defaults = celery_defaults(
        settings, connect_timeout_seconds=_CONNECT_TIMEOUT_SECONDS, timeout_seconds=_TIMEOUT_SECONDS
    )
    # What a killed worker held is given back within seconds of the visibility timeout, not within minutes.
    defaults["broker_transport_options"] |= {"unacked_restore_interval": 10, "unacked_restore_throttle": 1}
    return defaults | {
        # Threads: gevent and eventlet never redeliver on Redis and were slower; a process for each slot costs memory.
        "worker_pool": "threads",
        "worker_concurrency": settings.worker_slots,
        # Costs nothing with threads, and a worker takes no more than it has slots for.
        "worker_prefetch_multiplier": 1,
        # A killed worker's message is delivered again.
        "task_acks_late": True,
        # Rejecting what a lost worker held looped 117 times in 12 seconds; the visibility timeout and the sweep do it.
        "task_reject_on_worker_lost": False,
        # For Flower. Costs about a fifth of the throughput; `LESSONHOOK_TASK_EVENTS=false` turns it off.
        "worker_send_task_events": settings.task_events,
        # A worker outlives any outage of its broker; by default Celery gives up after 100 tries.
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # Threads can't be cancelled, and a POST in flight is settled in the ledger whatever the broker does.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        # A publish that fails is swept: no slot waits long for the broker.
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0.1},
        "broker_pool_limit": min(settings.worker_slots, 32),
        # An LMS's own modules, for instance with receivers of notices.
        "imports": list(settings.worker_imports),
        # structlog owns the log.
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_log_color": False,
    }


class _Worker(Worker):
    """A worker that does not gossip or mingle: nothing here uses either, and both are known to hang a reconnect."""

    def __init__(self, app: Any = None, hostname: str | None = None, **options: Any) -> None:
        options |= {"without_gossip": True, "without_mingle": True}
        super().__init__(app=app, hostname=hostname, **options)

    def on_before_init(self, **options: Any) -> None:
        """Learn the name that this worker has in Flower and in the attempt log."""
        self.app.runtime.hostname = options.get("hostname") or self.hostname or self.app.runtime.hostname
        super().on_before_init(**options)

    def setup_instance(self, **options: Any) -> None:
        """Have our services begin before the first task is taken, and end after the last one."""
        super().setup_instance(**options)
        self.steps: list[Any] = services_first(self.steps)


class _ConsumerStep(bootsteps.StartStopStep):
    """Knows the consumer, for the task events of what is delivered in place."""

    requires = ("celery.worker.consumer.events:Events",)

    def start(self, consumer: Any) -> None:
        """Remember the consumer; it is the same one after a reconnect."""
        consumer.app.runtime.consumer = consumer


class WorkerCelery(LessonhookCelery):
    """An application with a runtime, whose connections are mended ones, and whose task events tell of events."""

    amqp_cls = MendedAMQP
    events_cls = DeliveryEvents

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(_defaults, settings)
        self.runtime = Runtime(self)

    @property
    def Worker(self) -> Any:  # noqa: N802 - Celery's name
        """The class of worker that `celery worker` starts."""
        return self.subclass_with_self(_Worker)


def create_app(settings: Settings | None = None) -> WorkerCelery:
    """Make an application; without settings, those of the environment are read when it is first used."""
    app = WorkerCelery(settings)
    register(app)
    app.steps["worker"].add(ServicesStep)
    app.steps["consumer"].add(_ConsumerStep)
    # Kept by reference: Celery's signals hold their receivers weakly, and these are closures.
    signals.worker_shutting_down.connect(lambda **_: app.runtime.stopping.set(), weak=False)
    signals.setup_logging.connect(lambda **_: configure_logging(app.settings.log_format), weak=False)
    return app
