"""Pools of an application's own. Celery's are kombu's, which the whole process shares, with one limit for all of them.

An LMS with `broker_pool_limit = 2` would find its pool widened to ours by our first publish, or, one that has more, its
next publish refused: "Can't shrink pool when in use". (kombu 5.7.0, `kombu.pools.set_limit`)
"""

from typing import Any

from celery.app.amqp import AMQP
from kombu.pools import ProducerPool
from kombu.resource import Resource


class KeptProducerPool(ProducerPool):
    """Producers that keep their connection while nobody borrows them; kombu's look for one each time.

    That and a fresh copy of what they publish to took a quarter of a publish. For an application whose connections are
    borrowed with producers only, since each of them holds one.
    """

    def release(self, resource: Any) -> None:
        """Take a producer back, with its connection if that still is one."""
        connection = resource.__connection__
        if connection is not None and connection.connected:
            Resource.release(self, resource)
        else:
            super().release(resource)


class OwnPoolsAMQP(AMQP):
    """What an application names as its `amqp_cls`, so that its producers' pool is its own as well."""

    #: The class of that pool.
    producers_cls: type[ProducerPool] = ProducerPool
    _producer_pool: Any

    @property
    def producer_pool(self) -> Any:
        """The application's producers, as many as its connections; a fork drops them, and the child makes new ones."""
        if self._producer_pool is None:
            connections = self.app.pool
            self._producer_pool = self.producers_cls(connections, limit=connections.limit)
        return self._producer_pool
