"""The connections of a worker's application: all of them use the mended transport, and reconnect soon."""

from typing import Any, Final

from lessonhook.config.celery.bounded_amqp import bounded
from lessonhook.config.celery.own_transport import OwnTransportConnection
from lessonhook.config.celery.pools import OwnPoolsAMQP
from lessonhook.config.celery.redis_transport import mended

#: Between two tries to reach a broker that is away, so that the first delivery follows within 5 s of its return.
#: kombu's pauses grow up to 30 s: after an outage of a few minutes, each worker would stand still for half a minute.
_RECONNECT_SECONDS: Final = 1.0
_RECONNECT_AT_MOST_SECONDS: Final = 2.0
_RETRIES: Final = 1
_PACE: Final = {
    "interval_start": _RECONNECT_SECONDS,
    "interval_step": _RECONNECT_SECONDS,
    "interval_max": _RECONNECT_AT_MOST_SECONDS,
}


class MendedConnection(OwnTransportConnection):
    """A connection that uses the mended transports for Redis, and a bounded one for AMQP."""

    @staticmethod
    def transport_of(transport: Any) -> Any:
        """Return our transport in place of kombu's."""
        return bounded(mended(transport))

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        """Connect, and try again until it succeeds. Celery's consumer does so after each loss, at kombu's pace."""
        return super().ensure_connection(*args, **_PACE | kwargs)

    def ensure(self, *args: Any, max_retries: int | None = None, **kwargs: Any) -> Any:
        """Return a function that is tried again if the connection is lost, but not for ever.

        Celery's main thread replies to remote commands by one, with no limit. While a broker refuses all writes, it
        would hear of nothing else.
        """
        return super().ensure(*args, max_retries=_RETRIES if max_retries is None else max_retries, **kwargs)


class MendedAMQP(OwnPoolsAMQP):
    """The `amqp_cls` of an application whose connections are all mended."""

    Connection = MendedConnection
