"""The worker's Celery application. `celery -A lessonhook.worker worker` starts it with the right defaults."""

import gc
import signal
import sys
from typing import Any, Final

from celery import bootsteps, signals
from celery.apps.worker import Worker
from celery.platforms import EX_OK
from celery.worker import state

from lessonhook.config import LessonhookCelery, MendedAMQP, Settings
from lessonhook.worker.celery_app.command_options import options_check
from lessonhook.worker.celery_app.dispatcher import DeliveryEvents
from lessonhook.worker.celery_app.loop_pool import check_pool
from lessonhook.worker.celery_app.services import ServicesStep, services_first
from lessonhook.worker.celery_app.startup_checks import check_startup, read_startup_settings
from lessonhook.worker.celery_app.worker_log import set_up_log
from lessonhook.worker.celery_app.worker_settings import worker_settings
from lessonhook.worker.celery_app.worker_task import register
from lessonhook.worker.runtime.runtime import Runtime

#: The schemes of kombu's transports on Redis.
_IN_MEMORY: Final = frozenset({"redis", "rediss", "redis+socket", "sentinel"})
#: How long a thread keeps the interpreter while another one wants it; Python's default is 5 ms. The main thread, which
#: takes messages, lets go of it several times for each. Beside a loop that a resume of 10,000 companies keeps busy,
#: others' events waited for up to 64 ms (p99), and for 32 to 46 with this (measured).
_SWITCH_SECONDS: Final = 0.001


class _Worker(Worker):
    """A worker without gossip and mingle. Nothing here uses them, and both are known to hang a reconnect."""

    def __init__(self, app: Any = None, hostname: str | None = None, **options: Any) -> None:
        # The command line sets `pool`, and leaves `pool_cls` empty.
        app = app or self.app
        check_pool(options.get("pool_cls") or options.get("pool"), options.get("autoscale"))
        if slots := options.get("concurrency"):
            app.use_slots(slots)
        check_startup(app.settings)
        options |= {"without_gossip": True, "without_mingle": True}
        super().__init__(app=app, hostname=hostname, **options)

    def on_before_init(self, **options: Any) -> None:
        """Record the name that this worker has in Flower and in the attempt log."""
        self.app.runtime.hostname = options.get("hostname") or self.hostname or self.app.runtime.hostname
        super().on_before_init(**options)

    def install_platform_tweaks(self, worker: Any) -> None:
        """Install Celery's signal handlers, and exit with 0 after a Ctrl-C, as after SIGTERM. Celery exits with 1."""
        super().install_platform_tweaks(worker)
        celerys_handler: Any = signal.getsignal(signal.SIGINT)

        def handle(*arguments: Any) -> None:
            celerys_handler(*arguments)
            state.should_stop = EX_OK

        signal.signal(signal.SIGINT, handle)

    def wait_for_soft_shutdown(self) -> None:
        """Let turns end with their POSTs in flight. Celery tells of a SIGQUIT only after this wait."""
        self.app.runtime.stopping.set()
        super().wait_for_soft_shutdown()

    def on_start(self) -> None:
        """Exclude the objects that exist by now, and stay, from garbage collection.

        Otherwise the collector would walk them again and again, for 90 ms each time, in which no thread runs.
        A thread that wants to run waits for less long, too.
        """
        super().on_start()
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(_SWITCH_SECONDS)

    def setup_instance(self, **options: Any) -> None:
        """Order the steps so that our services start before the first task and end after the last one."""
        super().setup_instance(**options)
        self.steps: list[Any] = services_first(self.steps)


class _ConsumerStep(bootsteps.StartStopStep):
    """Gives the runtime Celery's consumer, which sends the task events of deliveries without a message."""

    requires = ("celery.worker.consumer.events:Events",)

    def start(self, consumer: Any) -> None:
        """Record the consumer. It is the same one after a reconnect."""
        consumer.app.runtime.consumer = consumer
        consumer.app.runtime.key_watch.consumer_started(consumer)


class WorkerCelery(LessonhookCelery):
    """An application with a runtime, with mended connections and with our own dispatcher of task events."""

    amqp_cls = MendedAMQP
    events_cls = DeliveryEvents

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(worker_settings, settings)
        self.runtime = Runtime(self)

    @property
    def settings(self) -> Settings:
        """The settings this application was made with, or the environment's."""
        if self._settings is None:
            self._settings = read_startup_settings()
        return self._settings

    def use_slots(self, slots: int) -> None:
        """Use a number of slots other than the setting's: connections and metrics go by the settings."""
        self._settings = self.settings.model_copy(update={"worker_slots": slots})

    @property
    def acknowledges_in_memory(self) -> bool:
        """Whether an acknowledgement asks nothing of the broker: no Redis is told, see `worker_settings`."""
        return self.broker_url.partition("://")[0] in _IN_MEMORY

    @property
    def Worker(self) -> Any:  # noqa: N802 - Celery's name
        """The class of worker that `celery worker` starts."""
        return self.subclass_with_self(_Worker)


def create_app(settings: Settings | None = None) -> WorkerCelery:
    """Make an application. Without `settings`, the environment's are read when it is first used."""
    app = WorkerCelery(settings)
    register(app, app.runtime)
    app.user_options["worker"].add(options_check())
    app.steps["worker"].add(ServicesStep)
    app.steps["consumer"].add(_ConsumerStep)
    # `weak=False`, because Celery's signals hold their receivers weakly, and these are closures.
    signals.worker_shutting_down.connect(lambda **_: app.runtime.stopping.set(), weak=False)
    signals.setup_logging.connect(
        lambda **options: set_up_log(app.settings.log_format, app.runtime.hostname, **options), weak=False
    )
    return app
