"""The worker's Celery application: `celery -A lessonhook.worker worker` starts it with the right defaults."""

import gc
from typing import Any

from celery import bootsteps, signals
from celery.apps.worker import Worker

from lessonhook.config import LessonhookCelery, Settings, configure_logging
from lessonhook.worker.celery_settings import worker_settings
from lessonhook.worker.connection import MendedAMQP
from lessonhook.worker.dispatcher import DeliveryEvents
from lessonhook.worker.pool import check_pool
from lessonhook.worker.runtime import Runtime
from lessonhook.worker.services import ServicesStep, services_first
from lessonhook.worker.task import register
from lessonhook.worker.usable import check_usable, read_usable


class _Worker(Worker):
    """A worker that does not gossip or mingle: nothing here uses either, and both are known to hang a reconnect."""

    def __init__(self, app: Any = None, hostname: str | None = None, **options: Any) -> None:
        # The command line says `pool`, and leaves `pool_cls` empty.
        check_pool(options.get("pool_cls") or options.get("pool"), options.get("autoscale"))
        check_usable((app or self.app).settings)
        options |= {"without_gossip": True, "without_mingle": True}
        super().__init__(app=app, hostname=hostname, **options)

    def on_before_init(self, **options: Any) -> None:
        """Learn the name that this worker has in Flower and in the attempt log."""
        self.app.runtime.hostname = options.get("hostname") or self.hostname or self.app.runtime.hostname
        super().on_before_init(**options)

    def on_start(self) -> None:
        """Have the garbage collector leave alone what is there by now, and stays.

        It would walk all of that again and again, 90 ms at a time, during which no thread moves and no POST goes.
        """
        super().on_start()
        gc.collect()
        gc.freeze()

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
        super().__init__(worker_settings, settings)
        self.runtime = Runtime(self)

    @property
    def settings(self) -> Settings:
        """The settings this application was made with, or the environment's."""
        if self._settings is None:
            self._settings = read_usable()
        return self._settings

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
