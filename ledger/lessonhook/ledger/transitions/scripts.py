"""Calls the transitions in Redis: loads them when they are first called, and prefers a kept connection."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from lessonhook.config import ServerRefusal
from lessonhook.ledger.redis.kept_connections import KeptConnections
from lessonhook.ledger.transitions.calls import LOADS, Argument, Calls, Command

if TYPE_CHECKING:
    from lessonhook.ledger.transitions.policy import Policy


class Scripts:
    """The transitions of one policy.

    They keep `kept_connections` connections open for themselves, see `KeptConnections`; none to a Cluster.
    """

    def __init__(self, redis: Redis, policy: "Policy", *, kept_connections: int = 0) -> None:
        self._redis: Any = redis
        self.calls = Calls(policy)
        self.kept = KeptConnections(redis, kept_connections)
        #: Added to Redis' own clock; above 0 only in tests, where time must pass.
        self.clock_ahead_ms = 0

    def call(self, transition: str, key: str, *facts: Argument) -> Any:
        """Run a transition and return its reply; `key` names its shard, so that Redis Cluster finds the node."""
        exchange = self.calls.exchange(transition, key, self.clock_ahead_ms, *facts)
        command = next(exchange)
        try:
            while True:
                try:
                    reply = self._send(key, command)
                except ResponseError as error:
                    command = exchange.throw(error)
                else:
                    command = exchange.send(reply)
        except StopIteration as ended:
            return ended.value

    def call_each(self, transition: str, calls: Iterable[tuple[Argument, ...]], *, at_once: int) -> Iterator[Any]:
        """Run one that changes nothing for many keys, and yield the replies; a call is a key and its facts.

        `at_once` of them make one round trip. A pipeline of Redis Cluster runs no scripts, so its calls go one by one.
        """
        waiting = iter(calls)
        # The first one alone: it loads what the server lacks.
        alone = islice(waiting, 1) if isinstance(self._redis, Redis) else waiting
        for key, *facts in alone:
            yield self.call(transition, str(key), *facts)
        while chunk := list(islice(waiting, at_once)):
            pipeline: Any
            with self._redis.pipeline(transaction=False) as pipeline:
                for key, *facts in chunk:
                    pipeline.execute_command(*self.calls.command(transition, str(key), self.clock_ahead_ms, *facts))
                yield from pipeline.execute()

    def _send(self, key: str, command: Command) -> Any:
        """Send a command and return its reply, by a kept connection if one is free."""
        connection = self.kept.borrow()
        if connection is None:
            return self._send_by_pool(key, command)
        try:
            connection.send_command(*command)
            reply = connection.read_response()
        except RedisConnectionError as error:
            # A kept connection would reconnect to the same server, but the master may be another one by now. Only a
            # connection of the pool asks Sentinel.
            self.kept.drop(connection)
            if isinstance(error, ServerRefusal):
                # The others lead to the same server.
                self.kept.drop_idle()
            return self._send_by_pool(key, command)
        except ResponseError:
            self.kept.give_back(connection)
            raise
        except BaseException as error:
            # A timeout, or a signal's error in the middle of a reply: the next call must not read its rest.
            self.kept.drop(connection)
            if isinstance(error, RedisTimeoutError):
                self.kept.drop_idle()
            raise
        self.kept.give_back(connection)
        return reply

    def _send_by_pool(self, key: str, command: Command) -> Any:
        if command[0] in LOADS and not isinstance(self._redis, Redis):
            # Where it is missing. All masters may have it but one, and those that have a library refuse it.
            return self._redis.execute_command(*command, target_nodes=self._redis.get_node_from_key(key))
        return self._redis.execute_command(*command)
