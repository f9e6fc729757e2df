"""Two applications with one small task, alike but for their transport: what is true of Celery, not of the delivery."""

from typing import Any, cast

from celery import Celery
from redis import Redis

from lessonhook.config import LessonhookCelery, MendedAMQP, OwnPoolsAMQP, Settings, celery_defaults

NOTES = "tiny:notes"
_KEEP_SECONDS = 600


def _defaults(settings: Settings) -> dict[str, Any]:
    return celery_defaults(settings, connect_timeout_seconds=1.0, timeout_seconds=5.0) | {
        "task_acks_late": True,
        "worker_prefetch_multiplier": 1,
        "worker_pool": "threads",
        "worker_concurrency": 2,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
    }


def make_app(amqp: type[OwnPoolsAMQP], settings: Settings | None = None) -> Celery:
    """Return an application whose task `tiny.note` writes a word into Redis, where `notes` reads it."""
    app = LessonhookCelery(_defaults, settings)
    app.amqp_cls = amqp

    @app.task(name="tiny.note", shared=False)
    def note(word: str) -> None:
        with Redis.from_url(app.settings.redis_url) as client:
            client.rpush(NOTES, word)
            client.expire(NOTES, _KEEP_SECONDS)

    return app


def publish(app: Celery, word: str, *, countdown: float | None = None) -> None:
    """Publish one note on a connection of its own, so that no pool stays open in the test's process."""
    with app.connection_for_write() as connection:
        app.tasks["tiny.note"].apply_async((word,), countdown=countdown, connection=connection)


def notes(client: Redis) -> list[bytes]:
    """Return the words that workers wrote, in their order."""
    return cast("list[bytes]", client.lrange(NOTES, 0, -1))


#: What `celery -A tests.support.processes.tiny_app:mended` starts, and the same with kombu's own transport.
mended = make_app(MendedAMQP)
stock = make_app(OwnPoolsAMQP)
