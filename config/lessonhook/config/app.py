"""The Celery application: an LMS that imports it keeps its own untouched, and Redis serves it well.

Figures and failures behind the settings were measured on celery and kombu 5.7.0.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from celery import Celery
from celery.loaders.app import AppLoader
from kombu import Exchange, Queue

from lessonhook.config.broker import broker_of
from lessonhook.config.pools import OwnPoolsAMQP
from lessonhook.config.settings import Settings, get_settings

TASK_NAME: Final = "lessonhook.send_completion"
#: First attempts.
COMPLETIONS: Final = "completions"
#: Events of a subscriber whose last attempt failed: the slots that serve healthy subscribers are not spent on these.
RETRIES: Final = "retries"
#: What Celery writes into Redis stands apart from neighbours on the same database, and from the ledger.
BROKER_KEY_PREFIX: Final = "lessonhook:broker:"
#: Longer than any countdown, its wait and its POST. Recovery does not depend on it: the ledger's sweep is far sooner.
VISIBILITY_TIMEOUT_SECONDS: Final = 900


class _Loader(AppLoader):
    """A loader that reads no configuration from the LMS's environment (`CELERY_CONFIG_MODULE`)."""

    def read_configuration(self, env: str = "") -> dict[str, Any]:
        """Answer nothing: the settings come from `celery_defaults`."""
        del env
        return {}


class LessonhookCelery(Celery):
    """An application that takes nothing from its surroundings and changes nothing in them.

    `CELERY_BROKER_URL`, `CELERY_RESULT_BACKEND` and Django's fix-up would otherwise point it at the LMS's broker or
    make it the LMS's default.
    Settings are read when they are first needed, so that an import costs nothing and opens nothing.
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
        """Our connections, made when the first one is needed; `OwnPoolsAMQP` says why they are not kombu's."""
        if self._pool is None:
            self._ensure_after_fork()
            self._pool = self.connection_for_write().Pool(limit=self.conf.broker_pool_limit)
        return self._pool

    def borrowed_producer(self) -> Any:
        """Lend a producer, as a context; Celery's own way there looks up what never changes, at each publish."""
        return self.amqp.producer_pool.acquire(block=True, timeout=self._patience_seconds)

    @cached_property
    def _patience_seconds(self) -> float | None:
        patience: float | None = self.conf.broker_pool_acquire_timeout
        return patience

    def close(self) -> None:
        """Close our connections and forget the application; Celery's own `close` would leave them open."""
        if self._pool is not None:
            self._pool.force_close_all()
            self.amqp._producer_pool = None  # noqa: SLF001 - as Celery itself does after a fork
        super().close()

    @property
    def broker_url(self) -> str:
        """The broker's URL, as Celery wants it."""
        return broker_of(self.settings.broker_url).url


def celery_defaults(settings: Settings, *, connect_timeout_seconds: float, timeout_seconds: float) -> dict[str, Any]:
    """Answer what the producer's and the worker's application have in common.

    `timeout_seconds` is how long one answer of the broker may take, `connect_timeout_seconds` a connection.
    """
    broker = broker_of(settings.broker_url)
    return {
        "broker_url": broker.url,
        "broker_connection_timeout": connect_timeout_seconds,
        "broker_transport_options": {
            "global_keyprefix": BROKER_KEY_PREFIX,
            "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
            "socket_timeout": timeout_seconds,
            "socket_connect_timeout": connect_timeout_seconds,
            "socket_keepalive": True,
            "health_check_interval": 25,
            # One priority is one key: BRPOP over four keys a queue costs three to four times as much.
            "priority_steps": [0],
            **broker.transport_options,
        },
        # Each by an exchange of its own: Celery would bind both to the default one, and hand both what that one gets.
        "task_queues": [Queue(name, Exchange(name), routing_key=name) for name in (COMPLETIONS, RETRIES)],
        "task_default_queue": COMPLETIONS,
        # A typo must not make a queue that nobody reads.
        "task_create_missing_queues": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        # No result backend: nothing is written that nobody reads. The ledger knows how each event ended.
        "task_ignore_result": True,
        "enable_utc": True,
        "timezone": "UTC",
    }
