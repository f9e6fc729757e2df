"""Calls scripts over one connection, for any number of coroutines: what they ask in one round goes out in one write.

A connection for each caller costs Redis a read and a write a call, and the worker as many. Replies come in the order of
the calls (https://redis.io/docs/latest/develop/using-commands/pipelining/).
"""

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import hiredis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from lessonhook.config import ServerRefusal, note_open, refusal_in

if TYPE_CHECKING:
    from redis.asyncio import Redis

#: After this long without a call the connection is asked whether it lives: one that a firewall forgot is not noticed
#: otherwise before the next call.
_IDLE_SECONDS: Final = 25.0
#: Between two looks at the oldest call, and at how long the connection lay idle.
_LOOK_SECONDS: Final = 1.0
_CLOSED: Final = "the ledger's connection was closed"


class _Call(NamedTuple):
    reply: "asyncio.Future[Any]"
    #: On the loop's clock.
    asked: float


class Pipe:
    """One connection of `redis`, made when it is first needed and again when it is lost. Belongs to one loop.

    `timeout_seconds` is how long a reply may take. When the oldest call has waited longer, all fail together, since
    Redis does not reply to one before another.
    """

    def __init__(self, redis: "Redis", *, timeout_seconds: float) -> None:
        self._redis = redis
        self._timeout_seconds = timeout_seconds
        self._loop = asyncio.get_running_loop()
        self._link: _Link | None = None
        self._connecting: asyncio.Task[_Link] | None = None
        self._closed = False

    async def send(self, *command: str | bytes | float) -> Any:
        """Send a command and return its reply.

        Raise RedisError. A command whose connection broke is sent once more, on a new one: every transition may be
        repeated.
        """
        packed = hiredis.pack_command(command)  # type: ignore[arg-type]  # its stubs say one
        link = self._link
        if link is not None and link.alive:
            try:
                return await link.call(packed)
            except RedisConnectionError:
                # It may have been dead for long. A new one finds out who is the master now.
                pass
        return await (await self._connected()).call(packed)

    async def close(self) -> None:
        """Close the connection; calls that wait fail."""
        self._closed = True
        if self._link is not None:
            self._link.drop(RedisConnectionError(_CLOSED))
            await self._link.ended()
        await self._redis.aclose()
        # Those that asked who the master is, which redis-py leaves open.
        for sentinel in getattr(getattr(self._redis.connection_pool, "sentinel_manager", None), "sentinels", ()):
            await sentinel.aclose()

    async def _connected(self) -> "_Link":
        """Return a connection that works; all who ask meanwhile wait for the same one."""
        if self._link is not None and self._link.alive:
            return self._link
        if self._closed:
            raise RedisConnectionError(_CLOSED)
        if self._connecting is None or self._connecting.done():
            self._connecting = self._loop.create_task(self._connect())
        self._link = await asyncio.shield(self._connecting)
        return self._link

    async def _connect(self) -> "_Link":
        connection = self._redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py leaves it so
        try:
            # By redis-py: it knows TLS, passwords, databases and Sentinel.
            await connection.connect()
        except RedisError:
            raise
        except OSError as error:
            raise RedisConnectionError(str(error)) from error
        if self._closed:
            # Closed meanwhile: nobody would close this one.
            await connection.disconnect(nowait=True)
            raise RedisConnectionError(_CLOSED)
        return _Link(connection, self._timeout_seconds)


class _Link(asyncio.Protocol):
    """A connection that redis-py opened, spoken to without redis-py: it allows for one call at a time only."""

    def __init__(self, connection: Any, timeout_seconds: float) -> None:
        self._connection = connection
        self._timeout_seconds = timeout_seconds
        self._loop = asyncio.get_running_loop()
        self._replies = hiredis.Reader(replyError=_error)
        self._waiting: deque[_Call] = deque()
        self._outgoing: list[bytes] = []
        self._last_call = self._loop.time()
        self.alive = True
        self._ending: asyncio.Task[None] | None = None
        self._transport: Any = connection._writer.transport  # noqa: SLF001 - redis-py shows it nowhere
        self._transport.set_protocol(self)
        self._timer = self._loop.call_later(_LOOK_SECONDS, self._look)
        note_open(self)

    def drop_if_at(self, host: str, port: int) -> bool:
        """End the connection if it leads to that server; may be called from any thread."""
        # A socket of this machine has neither.
        leads_to = getattr(self._connection, "host", None), getattr(self._connection, "port", None)
        if not self.alive or leads_to != (host, port):
            return False
        with suppress(RuntimeError):
            # A loop that is closed has ended the connection.
            self._loop.call_soon_threadsafe(self.drop, RedisConnectionError("the server is dropped"))
        return True

    async def call(self, command: bytes) -> Any:
        """Return the reply to a command."""
        if not self.alive:
            raise RedisConnectionError("the connection is lost")
        now = self._loop.time()
        reply = self._loop.create_future()
        self._waiting.append(_Call(reply, now))
        self._last_call = now
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(command)
        return await reply

    def _flush(self) -> None:
        if self.alive:
            self._transport.writelines(self._outgoing)
        self._outgoing.clear()

    def data_received(self, data: bytes) -> None:
        """Hand each reply to the call that waits longest."""
        try:
            self._replies.feed(data)
            while (reply := self._replies.gets()) is not False:
                self._hand_over(reply)
        except Exception as error:  # noqa: BLE001 - what comes is no reply: nothing after it can be one
            self.drop(RedisConnectionError(f"what came from Redis is no reply: {type(error).__name__}"))

    def _hand_over(self, reply: Any) -> None:
        waiting = self._waiting.popleft().reply
        if waiting.done():
            return
        if isinstance(reply, RedisError):
            waiting.set_exception(reply)
            if isinstance(reply, ServerRefusal):
                # What waits behind it would be refused as well.
                self.drop(RedisConnectionError(str(reply)))
        else:
            waiting.set_result(reply)

    def connection_lost(self, error: Exception | None) -> None:
        """Fail all calls that wait."""
        del error
        self.drop(RedisConnectionError("Redis closed the connection"))

    def eof_received(self) -> bool:
        """Let the transport close."""
        return False

    def drop(self, error: RedisError) -> None:
        """End the connection, and every call that waits with `error`."""
        if not self.alive:
            return
        self.alive = False
        self._timer.cancel()
        self._transport.abort()
        # For redis-py's own books.
        self._ending = self._loop.create_task(self._connection.disconnect(nowait=True))
        waiting, self._waiting = self._waiting, deque()
        for call in waiting:
            if not call.reply.done():
                call.reply.set_exception(error)

    async def ended(self) -> None:
        """Wait until redis-py has closed a dropped connection, so that its loop may be closed."""
        if self._ending is not None:
            with suppress(RedisError, OSError):
                await self._ending

    def _look(self) -> None:
        """Give up where a reply is overdue; ask a connection that lay idle whether it lives."""
        now = self._loop.time()
        if self._waiting and now - self._waiting[0].asked > self._timeout_seconds:
            self.drop(RedisTimeoutError(f"Redis did not reply within {self._timeout_seconds:g} s"))
            return
        if not self._waiting and now - self._last_call > _IDLE_SECONDS:
            self._last_call = now
            pong = self._loop.create_future()
            # Read here: asyncio complains of an error that nobody asked a future for.
            pong.add_done_callback(lambda future: future.cancelled() or future.exception())
            self._waiting.append(_Call(pong, now))
            self._transport.write(hiredis.pack_command(("PING",)))
        self._timer = self._loop.call_later(_LOOK_SECONDS, self._look)


def _error(text: str) -> RedisError:
    """Return what an error reply is raised as."""
    return refusal_in(text) or (NoScriptError(text) if text.startswith("NOSCRIPT") else ResponseError(text))
