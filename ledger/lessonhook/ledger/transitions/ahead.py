"""Calls a transition many times, each sent before the reply to the one before it is read.

So Redis works on one while the caller prepares the next one (https://redis.io/docs/latest/develop/using-commands/pipelining/).
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

if TYPE_CHECKING:
    from lessonhook.ledger.transitions.calls import Argument
    from lessonhook.ledger.transitions.scripts import Scripts

    #: A key and its facts.
    Call: TypeAlias = tuple[str, *tuple[Argument, ...]]

#: Calls whose replies are not read yet: Redis runs one, and finds the next one when it has ended. More of them would be
#: no faster, and more would be in doubt when Redis fails.
_IN_FLIGHT: Final = 2


def call_ahead(scripts: "Scripts", transition: str, calls: "Iterable[Call]") -> Iterator[Any]:
    """Yield the replies in the order of the calls. What was yielded is certain, whatever happens afterwards.

    If the connection breaks, the calls that have no reply are made again one by one, because every transition may be
    repeated. Of those, some may have been run before. A timeout is raised at once, as that of a single call.
    """
    ahead = _Ahead(scripts, transition)
    try:
        for call in calls:
            yield from ahead.send(call)
        yield from ahead.rest()
    finally:
        ahead.close()


class _Ahead:
    """A kept connection, and the calls sent by it whose replies are not read yet."""

    def __init__(self, scripts: "Scripts", transition: str) -> None:
        self._scripts = scripts
        self._transition = transition
        self._connection: Any = None
        self._is_first = True
        self._pending: deque[Call] = deque()

    def send(self, call: "Call") -> Iterator[Any]:
        """Send a call, and yield the replies that are read now."""
        if not self._may_send():
            yield self._alone(call)
            return
        self._pending.append(call)
        try:
            self._connection.send_command(*self._command(call))
            reply = self._read() if len(self._pending) == _IN_FLIGHT else None
        except RedisError as error:
            yield from self._one_by_one(error)
        else:
            if reply is not None:
                yield reply

    def rest(self) -> Iterator[Any]:
        """Yield the replies that are left."""
        while self._pending:
            try:
                reply = self._read()
            except RedisError as error:
                yield from self._one_by_one(error)
            else:
                yield reply

    def close(self) -> None:
        """Give the connection back, unless a reply may still come by it."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._pending:
            self._scripts.kept.drop(connection)
        else:
            self._scripts.kept.give_back(connection)

    def _may_send(self) -> bool:
        """Return whether there is a connection: not to a Cluster, and not while other threads have all of them."""
        # The first call is made alone: it loads what the server lacks.
        if not self._is_first and self._connection is None:
            self._connection = self._scripts.kept.borrow()
        self._is_first = False
        return self._connection is not None

    def _read(self) -> Any:
        reply = self._connection.read_response()
        self._pending.popleft()
        return reply

    def _one_by_one(self, error: RedisError) -> Iterator[Any]:
        self.close()
        if isinstance(error, RedisTimeoutError):
            self._scripts.kept.drop_idle()
            raise error
        calls, self._pending = self._pending, deque()
        for call in calls:
            yield self._alone(call)

    def _alone(self, call: "Call") -> Any:
        key, *facts = call
        return self._scripts.call(self._transition, key, *facts)

    def _command(self, call: "Call") -> "tuple[Argument, ...]":
        key, *facts = call
        return self._scripts.calls.command(self._transition, key, self._scripts.clock_ahead_ms, *facts)
