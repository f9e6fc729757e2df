"""All checks, in the order in which one depends on another."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from lessonhook.config import explain, server_of
from lessonhook.console.doctor.finding import Finding, fail
from lessonhook.console.doctor.ledger_checks import check_ledger
from lessonhook.console.doctor.redis_checks import check_redis
from lessonhook.console.doctor.safety_checks import check_encryption, check_guard
from lessonhook.console.doctor.settings_check import check_settings
from lessonhook.console.doctor.subscription_checks import check_subscriptions
from lessonhook.console.doctor.worker_checks import check_broker, check_heartbeats

if TYPE_CHECKING:
    from lessonhook.producer import Producer


def examine(producer: "Producer", *, only_producer: bool) -> Iterator[Finding]:
    """Yield what each check finds; with `only_producer`, of the checks of what an LMS needs."""
    ledger, settings = producer.ledger, producer.app.settings
    server = server_of(settings.redis_url)
    yield check_settings(os.environ)
    try:
        yield from check_redis(ledger.redis, server)
        yield from check_ledger(ledger, settings.alive_within_seconds)
        if not only_producer:
            yield from check_heartbeats(ledger, settings.alive_within_seconds)
            yield from check_subscriptions(ledger, settings)
    except RedisError as error:
        yield fail("redis", explain(error, server), "see LESSONHOOK_REDIS_URL")
    yield from check_broker(producer.app, with_queues=not only_producer)
    if not only_producer:
        yield from check_guard(settings)
    yield from check_encryption(settings, ledger)
