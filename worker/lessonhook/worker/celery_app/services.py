"""The services beside the tasks of a worker. They start before the first task and end after the last one."""

from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog
from celery import bootsteps

from lessonhook.worker.monitoring.health_server import HealthServer
from lessonhook.worker.notices import CustomerNotices, MonthlyPosts, OperatorWebhook, sender_of
from lessonhook.worker.recovery.master_watch import MasterWatch, sentinel_urls
from lessonhook.worker.recovery.sweeper import Sweeper
from lessonhook.worker.silence import SilenceWatch

if TYPE_CHECKING:
    from lessonhook.worker.runtime.runtime import Runtime

_log: Final = structlog.get_logger("lessonhook.worker")


class _Service(Protocol):
    def start(self) -> None: ...

    def stop(self) -> None: ...


class ServicesStep(bootsteps.StartStopStep):
    """Starts the services that are set, each before those that need it, and stops them in the reverse order."""

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._services: list[_Service] = []

    def start(self, worker: Any) -> None:
        """Start. The client is made here, with all its certificates, so that the first POSTs do not wait for it."""
        _ = worker.app.runtime.client
        if not worker.app.settings.encryption_keys:
            _log.warning("encryption.off", then="everyone who can read Redis can read bodies and credentials")
        self._services = _services(worker.app.runtime)
        for service in self._services:
            service.start()

    def stop(self, worker: Any) -> None:
        """Stop the services."""
        for service in reversed(self._services):
            service.stop()
        worker.app.runtime.close()


def services_first(steps: list[Any]) -> list[Any]:
    """Order a worker's steps so that the services end last.

    Celery's own order of independent steps changes with the hash seed of the process: some workers would end the
    operator's webhook before the notices of the last deliveries.
    """
    return sorted(steps, key=lambda step: not isinstance(step, ServicesStep))


def _services(runtime: "Runtime") -> list[_Service]:
    settings = runtime.app.settings
    services: list[_Service] = []
    if settings.metrics_port:
        services.append(HealthServer(runtime, settings.metrics_address, settings.metrics_port))
    if urls := sentinel_urls(settings):
        services.append(MasterWatch(urls))
    if settings.operator_webhook_url:
        services.append(OperatorWebhook(settings.operator_webhook_url.get_secret_value()))
    if (sender := sender_of(settings)) is not None:
        services.append(CustomerNotices(runtime, sender))
    if settings.quiet_false_alarms_per_year:
        services.append(SilenceWatch(runtime))
    services += [MonthlyPosts(runtime), Sweeper(runtime)]
    return services
