"""The Celery application that producer and worker are made from. It leaves the LMS's own application untouched.

The figures and failures behind the settings were measured on celery and kombu 5.7.0.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from celery.loaders.app import AppLoader
from kombu import Exchange, Queue

from lessonhook.config.call_limit import time_left
from lessonhook.config.celery.broker_url import broker_of
from lessonhook.config.celery.first_use import OnceCelery
from lessonhook.config.celery.pools import OwnPoolsAMQP
from lessonhook.config.environment import get_settings
from lessonhook.config.settings import Settings

TASK_NAME: Final = "lessonhook.send_completion"
#: The task of POSTs that a person asked for.
ERRAND_TASK_NAME: Final = "lessonhook.run_errand"
#: The queue of first attempts.
COMPLETIONS: Final = "completions"
#: The queue of subscribers whose last attempt failed, so that they take no slots from healthy subscribers.
RETRIES: Final = "retries"
#: The prefix of Celery's keys in Redis, apart from the ledger's keys and from other applications in the same database.
BROKER_KEY_PREFIX: Final = "lessonhook:broker:"
#: Longer than any countdown, its wait and its POST. The ledger's sweep recovers far sooner than this.
VISIBILITY_TIMEOUT_SECONDS: Final = 900


class _Loader(AppLoader):
    """A loader that reads no configuration from the LMS's environment (`CELERY_CONFIG_MODULE`)."""

    def read_configuration(self, env: str = "") -> dict[str, Any]:
        """Return nothing, because the settings come from `celery_defaults`."""
        del env
        return {}


class LessonhookCelery(OnceCelery):
    """An application that reads nothing from the LMS's process and changes nothing in it.

    Without this class, `CELERY_BROKER_URL`, `CELERY_RESULT_BACKEND` and Django's fix-up would connect it to the LMS's
    broker, or make it the LMS's default application. Settings are read at their first use, so that an import costs
    nothing and opens nothing.
    """

    backend_cls = "disabled"
    amqp_cls = OwnPoolsAMQP
    _pool: Any

    def __init__(self, defaults: Callable[[Settings], dict[str, Any]], settings: Settings | None = None) -> None:
        self._settings = settings
        super().__init__("lessonhook", set_as_current=False, fixups=[], loader=_Loader)
        self.add_defaults(lambda: defaults(self.settings))

    @property
    def settings(self) -> Settings:
        """The settings this application was made with, or the environment's."""
        if self._settings is None:
            self._settings = get_settings()
        return self._settings

    @cached_property
    def is_broker_in_ledger(self) -> bool:
        """Whether the queues are in the ledger's own database, where its scripts can fill them."""
        return self.settings.is_broker_in_ledger

    def connection(self, hostname: str | None = None, **kwargs: Any) -> Any:
        """Connect to our broker, whatever `CELERY_BROKER_URL` says."""
        return super().connection(hostname or self.broker_url, **kwargs)

    def connection_for_write(self, url: str | None = None, **kwargs: Any) -> Any:
        """Connect to our broker, whatever `CELERY_BROKER_URL` says."""
        return super().connection_for_write(url or self.broker_url, **kwargs)

    def connection_for_read(self, url: str | None = None, **kwargs: Any) -> Any:
        """Connect to our broker, whatever `CELERY_BROKER_URL` says."""
        return super().connection_for_read(url or self.broker_url, **kwargs)

    @property
    def pool(self) -> Any:
        """The application's own pool of connections, made at its first use. `OwnPoolsAMQP` gives the reason."""
        if self._pool is None:
            with self._finalize_mutex:
                if self._pool is None:
                    self._ensure_after_fork()
                    self._pool = self.connection_for_write().Pool(limit=self.conf.broker_pool_limit)
        return self._pool

    def borrowed_producer(self) -> Any:
        """Lend a producer, as a context. Celery's own way looks up at each publish what never changes."""
        return self.amqp.producer_pool.acquire(block=True, timeout=time_left(self._patience_seconds))

    @cached_property
    def _patience_seconds(self) -> float | None:
        patience: float | None = self.conf.broker_pool_acquire_timeout
        return patience

    def close(self) -> None:
        """Close the application and its connections. Celery's own `close` would leave the connections open."""
        if self._pool is not None:
            self._pool.force_close_all()
            self.amqp._producer_pool = None  # noqa: SLF001 - as Celery itself does after a fork
        super().close()

    @property
    def broker_url(self) -> str:
        """The broker's URL, as Celery wants it."""
        return broker_of(self.settings.broker_url).url


def celery_defaults(settings: Settings, *, connect_timeout_seconds: float, timeout_seconds: float) -> dict[str, Any]:
    """Return the configuration that the producer's and the worker's application have in common.

    `timeout_seconds` limits one reply of the broker, `connect_timeout_seconds` the opening of a connection.
    """
    broker = broker_of(settings.broker_url)
    return {
        "broker_url": broker.url,
        # Only where the URL that Celery is given can't say it.
        **({} if broker.tls is None else {"broker_use_ssl": broker.tls}),
        "broker_connection_timeout": connect_timeout_seconds,
        "broker_transport_options": {
            "global_keyprefix": BROKER_KEY_PREFIX,
            "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
            "socket_timeout": timeout_seconds,
            "socket_connect_timeout": connect_timeout_seconds,
            "socket_keepalive": True,
            "health_check_interval": 25,
            # One priority needs one key. BRPOP over the usual four keys a queue costs three to four times as much.
            "priority_steps": [0],
            **broker.transport_options,
        },
        # Each queue has its own exchange. Celery would bind both to the default one, and both would get each message.
        "task_queues": [Queue(name, Exchange(name), routing_key=name) for name in (COMPLETIONS, RETRIES)],
        "task_default_queue": COMPLETIONS,
        # A misspelt name must not create a queue that no worker reads.
        "task_create_missing_queues": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        # No result backend, because nobody would read it. The ledger knows how each event ended.
        "task_ignore_result": True,
        "enable_utc": True,
        "timezone": "UTC",
    }
