"""The producer's Celery application. It publishes, never hangs its caller, and changes nothing of the LMS's own."""

from typing import Any, Final

from lessonhook.config import LessonhookCelery, PublisherAMQP, RedisUrl, Settings, celery_defaults

#: A caller waits at most this long for a connection, and again for each reply.
PATIENCE_SECONDS: Final = 0.9
#: All that one call waits for, the ledger and then the broker, takes at most this long together: two seconds are
#: promised. What is left of them is for the ledger's note that the broker did not take a message, and for the machine.
CALL_SECONDS: Final = 1.7
#: Threads of the LMS that can publish at one moment without waiting. Connections are opened when they are needed.
CONNECTIONS: Final = 500
#: Connections to the ledger that are kept between two calls of `.delay()`: one for each thread that publishes often.
KEPT_CONNECTIONS: Final = 32


def call_seconds(settings: Settings) -> float:
    """Return how long all waits of one call may take together; more if the ledger's URL grants a single wait more."""
    given = RedisUrl.parse(settings.redis_url).options
    longest = max(given.get("socket_timeout", 0.0), given.get("socket_connect_timeout", 0.0))
    return max(CALL_SECONDS, 2 * longest) if longest > PATIENCE_SECONDS else CALL_SECONDS


def _defaults(settings: Settings) -> dict[str, Any]:
    defaults = celery_defaults(settings, connect_timeout_seconds=PATIENCE_SECONDS, timeout_seconds=PATIENCE_SECONDS)
    # By default kombu retries for ever: a `.delay()` while Redis hung took over 60 seconds.
    defaults["broker_transport_options"] |= {"max_retries": 0, "retry_on_timeout": False}
    return defaults | {
        "broker_pool_limit": CONNECTIONS,
        "broker_pool_acquire_timeout": PATIENCE_SECONDS,
        "task_publish_retry": False,
        "task_publish_retry_policy": {"max_retries": 0},
        # It saves the LMS one publish. The worker's own events carry the same facts.
        "task_send_sent_event": False,
    }


class PublisherCelery(LessonhookCelery):
    """An application that publishes and keeps its clients, because a publish then takes a sixth less time."""

    amqp_cls = PublisherAMQP


def create_app(settings: Settings | None = None) -> LessonhookCelery:
    """Return an application. Without settings, it reads those of the environment when it is first used."""
    return PublisherCelery(_defaults, settings)
