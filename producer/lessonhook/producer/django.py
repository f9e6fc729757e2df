"""A Django app that checks lessonhook's settings at start.

    INSTALLED_APPS = [..., "lessonhook.producer.django.LessonhookConfig"]

Without it, a typing error in LESSONHOOK_REDIS_URL is found by the first learner who completes a lesson. Django runs the
first check at every start. `manage.py check --deploy` runs the second one too, which asks Redis.
"""

import os
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's names
from redis.exceptions import RedisError

from lessonhook.config import InvalidSettings, explain, meant_by, read_settings, server_of, unknown_variables
from lessonhook.producer.producer import Producer


class LessonhookConfig(AppConfig):
    """Registers the checks; there are no models."""

    name = "lessonhook.producer"
    label = "lessonhook"

    def ready(self) -> None:
        """Register both checks with Django."""
        register(check_settings, "lessonhook")
        register(check_redis, "lessonhook", deploy=True)


def check_settings(**_: Any) -> list[CheckMessage]:
    """Return what is wrong with the environment; connects to nothing."""
    found: list[CheckMessage] = [
        Warning(
            f"{name} is not a setting of lessonhook, and has no effect.",
            hint=f"Did you mean {close}?" if (close := meant_by(name)) else None,
            id="lessonhook.W001",
        )
        for name in unknown_variables(os.environ)
    ]
    try:
        read_settings()
    except InvalidSettings as error:
        hint = "See `lessonhook settings`; it needs lessonhook[console]."
        found.append(Error(str(error), hint=hint, id="lessonhook.E001"))
    return found


def check_redis(**_: Any) -> list[CheckMessage]:
    """Return why the ledger's Redis does not reply, if it does not."""
    try:
        settings = read_settings()
    except InvalidSettings:
        # The other check reports it.
        return []
    producer = Producer(settings)
    try:
        producer.ledger.redis.ping()
    except RedisError as error:
        text = explain(error, server_of(settings.redis_url))
        return [Error(f"{text}.", hint="See LESSONHOOK_REDIS_URL.", id="lessonhook.E002")]
    finally:
        producer.close()
    return []
