"""Replies to Celery's remote control that come too late: the asker has gone, and nobody takes them any more."""

import redis
from kombu import Producer as Publisher

from lessonhook.config import BROKER_KEY_PREFIX, COMPLETIONS, Settings
from lessonhook.config.celery import MendedConnection
from lessonhook.worker import create_app


def test_a_reply_that_nobody_takes_has_a_lifetime(
    redis_url: str, settings: Settings, redis_client: redis.Redis
) -> None:
    """Flower asks each worker again and again, and waits a second: kombu would keep a late reply for ever."""
    options = create_app(settings).conf.broker_transport_options
    with MendedConnection(redis_url, transport_options=options) as connection, connection.channel() as channel:
        Publisher(channel).publish({"ok": "pong"}, routing_key="asker.reply.celery.pidbox")
        Publisher(channel).publish({"ok": "pong"}, routing_key=COMPLETIONS)
    assert 0 < _lifetime(redis_client, "asker.reply.celery.pidbox") <= 60_000
    assert _lifetime(redis_client, COMPLETIONS) == -1


def _lifetime(client: redis.Redis, queue: str) -> int:
    milliseconds = client.pttl(f"{BROKER_KEY_PREFIX}{queue}")
    return int(str(milliseconds))
