"""Celery's consumer, which no message can end: one that raises while it is taken in is acknowledged, and logged."""

import logging
from typing import Any, Final

from celery.worker.consumer import Consumer

from lessonhook.config.celery import is_of_the_connection, log_dropped
from lessonhook.worker.celery_app.task_trace import trace_of

_log: Final = logging.getLogger("lessonhook.worker")


class GuardedConsumer(Consumer):
    """A consumer for messages that anybody may have written who can write to the broker."""

    def update_strategies(self) -> None:
        """Prepare each task, as Celery does at every connect, with a trace that costs less."""
        super().update_strategies()
        for task in self.app.tasks.values():
            task.__trace__ = trace_of(task, self.app, self.hostname)

    def create_task_handler(self, *arguments: Any, **options: Any) -> Any:
        """Return what takes in a message; Celery's raises for a body of `null`, an odd `timelimit`, and much else."""
        take = super().create_task_handler(*arguments, **options)

        def take_or_drop(message: Any) -> None:
            self.app.runtime.last_taken.took(message)
            try:
                take(message)
            except Exception as error:
                if is_of_the_connection(error) or self._lost(error):
                    raise
                log_dropped((message.delivery_info or {}).get("routing_key", ""), error)
                if not message.acknowledged:
                    message.ack_log_error(_log, self.connection_errors)

        return take_or_drop

    def _lost(self, error: Exception) -> bool:
        """Return whether the transport counts an error as a lost connection. kombu counts every KeyError as one."""
        return isinstance(error, self.connection_errors) and not isinstance(error, LookupError | ValueError)
