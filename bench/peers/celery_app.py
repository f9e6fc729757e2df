"""A Celery application for a peer, with the settings of lessonhook's worker where they matter for speed."""

from typing import Any, Final

from celery import Celery

from bench.peers.surroundings import KEPT_CLIENT, REDIS_URL

_OUR_AMQP: Final = "lessonhook.config:MendedAMQP"


def make_app(name: str) -> Any:
    """Make an application; its pool, slots and task events come with the worker's command line."""
    app = Celery(name, broker=REDIS_URL, amqp=_OUR_AMQP if KEPT_CLIENT else None)
    app.conf.update(
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        # One key a queue, as lessonhook has it: BRPOP over the usual four costs three to four times as much.
        broker_transport_options={"priority_steps": [0]},
    )
    return app
