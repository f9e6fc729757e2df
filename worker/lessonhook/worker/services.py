"""What runs beside the tasks of a worker: begins before the first one is taken, and ends after the last one."""

from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog
from celery import bootsteps

from lessonhook.worker.health_server import HealthServer
from lessonhook.worker.operator_webhook import OperatorWebhook
from lessonhook.worker.sweeper import Sweeper

if TYPE_CHECKING:
    from lessonhook.worker.runtime import Runtime

_log: Final = structlog.get_logger("lessonhook.worker")


class _Service(Protocol):
    def start(self) -> None: ...

    def stop(self) -> None: ...


class ServicesStep(bootsteps.StartStopStep):
    """Starts the services that the settings ask for, each before those that need it, and stops them the other way."""

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._services: list[_Service] = []

    def start(self, worker: Any) -> None:
        """Begin; the client is made here, with all its certificates, and not while the first POSTs wait for it."""
        _ = worker.app.runtime.client
        if not worker.app.settings.encryption_keys:
            _log.warning("encryption.off", then="bodies and credentials can be read by whoever reads Redis")
        self._services = _services(worker.app.runtime)
        for service in self._services:
            service.start()

    def stop(self, worker: Any) -> None:
        """End with the worker."""
        del worker
        for service in reversed(self._services):
            service.stop()


def services_first(steps: list[Any]) -> list[Any]:
    """Order a worker's steps so that the services end last.

    Celery's own order of steps that need nothing of each other changes with the hash seed of the process: of some
    workers, the notices of the last deliveries would find nobody to tell.
    """
    return sorted(steps, key=lambda step: not isinstance(step, ServicesStep))


def _services(runtime: "Runtime") -> list[_Service]:
    settings = runtime.app.settings
    services: list[_Service] = []
    if settings.metrics_port:
        services.append(HealthServer(runtime, settings.metrics_address, settings.metrics_port))
    if settings.operator_webhook_url:
        services.append(OperatorWebhook(settings.operator_webhook_url.get_secret_value()))
    services.append(Sweeper(runtime))
    return services
