"""The producer's Celery application: it publishes, never hangs its caller, and touches nothing of the LMS's own."""

from typing import Any, Final

from lessonhook.config import LessonhookCelery, PublisherAMQP, Settings, celery_defaults

#: A caller waits at most this long for a connection and for an answer; together they stay within two seconds.
PATIENCE_SECONDS: Final = 0.9
#: Threads of the LMS that publish at one moment without waiting for each other. Connections are opened as needed.
CONNECTIONS: Final = 500
#: Of those to the ledger so many are kept between two calls of `.delay()`: as many as threads that publish often.
KEPT_CONNECTIONS: Final = 32


def _defaults(settings: Settings) -> dict[str, Any]:
    defaults = celery_defaults(settings, connect_timeout_seconds=PATIENCE_SECONDS, timeout_seconds=PATIENCE_SECONDS)
    # kombu tries again for ever by default, and a `.delay()` into a hung Redis took over 60 seconds.
    defaults["broker_transport_options"] |= {"max_retries": 0, "retry_on_timeout": False}
    return defaults | {
        "broker_pool_limit": CONNECTIONS,
        "broker_pool_acquire_timeout": PATIENCE_SECONDS,
        "task_publish_retry": False,
        "task_publish_retry_policy": {"max_retries": 0},
        # One publish less in the LMS; the worker's own events tell the rest.
        "task_send_sent_event": False,
    }


class PublisherCelery(LessonhookCelery):
    """An application that publishes, and keeps its clients: a publish takes a sixth less time."""

    amqp_cls = PublisherAMQP


def create_app(settings: Settings | None = None) -> LessonhookCelery:
    """Make an application; without settings, those of the environment are read when it is first used."""
    return PublisherCelery(_defaults, settings)
