"""Pools that belong to one application. Celery uses kombu's, which the whole process shares, with one limit for all.

With kombu's, our first publish would raise the limit of an LMS that has `broker_pool_limit = 2`. An LMS with a higher
limit than ours would find its next publish refused: "Can't shrink pool when in use". (kombu 5.7.0,
`kombu.pools.set_limit`)
"""

from typing import Any

from celery.app.amqp import AMQP
from kombu.pools import ProducerPool
from kombu.resource import Resource


class KeptProducerPool(ProducerPool):
    """Producers that keep their connection while they are not borrowed. kombu's take a new one from a pool each time.

    That, and a new copy of what they publish to, took a quarter of a publish. Use it only where connections are always
    borrowed with a producer, because each producer holds one.
    """

    def release(self, resource: Any) -> None:
        """Take a producer back, with its connection if that is still open."""
        connection = resource.__connection__
        if connection is not None and connection.connected:
            Resource.release(self, resource)
        else:
            super().release(resource)


class OwnPoolsAMQP(AMQP):
    """The `amqp_cls` of an application that has a pool of producers of its own."""

    #: The class of that pool.
    producers_cls: type[ProducerPool] = ProducerPool
    _producer_pool: Any

    @property
    def producer_pool(self) -> Any:
        """The application's producers, as many as its connections. After a fork, the child makes new ones."""
        if self._producer_pool is None:
            connections = self.app.pool
            self._producer_pool = self.producers_cls(connections, limit=connections.limit)
        return self._producer_pool
