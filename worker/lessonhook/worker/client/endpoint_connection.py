"""An open connection to an endpoint: it sends one request at a time, and waits for the response or the deadline."""

import asyncio
import select
from http.client import HTTPException
from typing import TYPE_CHECKING, Final, NamedTuple

from lessonhook.config import shortage_in
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.raw_response import RawResponse
from lessonhook.worker.client.response_reader import ResponseReader
from lessonhook.worker.client.streams import Stream
from lessonhook.worker.client.tls_identity import COMMON, TlsIdentity

if TYPE_CHECKING:
    from collections.abc import Callable

#: Reads of one response that follow each other at once. A response of the size that is read needs a few dozen at most.
READS_AT_ONCE: Final = 64
#: After more reads, each next one waits this much longer: an endpoint that sends byte by byte, or a flood of TLS's own
#: records, is read some 300 times in 30 s, and not for as much processor time as it likes. What comes meanwhile is read
#: together.
_LONGER_SECONDS: Final = 0.001
_LONGEST_WAIT_SECONDS: Final = 1.0
#: A read that costs more than its bytes explain, as TLS's own records do, is followed by a wait of so many times that
#: cost: one endpoint takes a thirtieth of the loop at most until it has had its share.
_COSTLY_SECONDS: Final = 0.001
TIMES_ITS_COST: Final = 30


class Key(NamedTuple):
    """What a connection is good for."""

    scheme: str
    host: str
    port: int
    #: Whom it trusts and who it says that it is: a connection of one client certificate carries nothing of another.
    identity: TlsIdentity = COMMON


class NothingSent(ConnectionError):
    """The connection was over before a byte of the request went into it: the endpoint cannot have seen any."""


class EndpointConnection:
    """A stream to a checked address. Belongs to the running loop, which hears at once when the endpoint closes it."""

    __slots__ = (
        "_fd", "_loop", "_reader", "_reads", "_response", "_spoilt", "_stream", "_timer", "kept_until", "key", "on_end",
        "reused", "whole",
    )  # fmt: skip

    def __init__(self, key: Key, stream: Stream) -> None:
        self.key = key
        #: Whether it has brought a response before.
        self.reused = False
        #: Whether the whole of the last request was taken.
        self.whole = False
        #: On the loop's clock.
        self.kept_until = 0.0
        #: Called once when it ends while no request waits.
        self.on_end: Callable[[EndpointConnection], None] | None = None
        self._stream = stream
        self._reader: ResponseReader | None = None
        #: Of the response that is awaited.
        self._reads = 0
        self._response: asyncio.Future[RawResponse] | None = None
        #: Bytes came that belong to no response.
        self._spoilt = False
        self._loop = asyncio.get_running_loop()
        self._fd = stream.fileno()
        self._loop.add_reader(self._fd, self._on_readable)

    @property
    def open(self) -> bool:
        """Whether it can be used, as far as is known."""
        return self._fd >= 0 and not self._spoilt

    @property
    def response_begun(self) -> bool:
        """Whether a byte of the last request's response has come."""
        return self._reader is not None and self._reader.begun

    def is_quiet(self) -> bool:
        """Return whether nothing came since the last response; looked at right before a request goes out.

        An idle endpoint has nothing to say: what can be read is its end of the connection, or no response of ours.
        The loop may not have come round to it yet.
        """
        if not self.open or self._stream.held_back():
            return False
        poll = select.poll()
        poll.register(self._fd, select.POLLIN | select.POLLPRI)
        return not poll.poll(0)

    async def post(self, data: bytes, deadline: Deadline, limit_bytes: int) -> RawResponse:
        """Send a request and return the response, of whose body `limit_bytes` are read.

        Raise OSError or HTTPException if no status came, TimeoutError at the deadline, and NothingSent if a reused
        connection took no byte.
        """
        self._timer = self._loop.call_later(deadline.left(), self._on_deadline, deadline)
        self._reader, self._reads = ResponseReader(limit_bytes), 0
        response: asyncio.Future[RawResponse] = self._loop.create_future()
        self._response = response
        try:
            self.whole = await self._send(data, response)
            return await response
        finally:
            self._timer.cancel()
            self._response = None

    async def _send(self, data: bytes, response: "asyncio.Future[RawResponse]") -> bool:
        """Return whether all was taken: an endpoint may respond and close before that, and what it says counts."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._stream.write(rest) :]
            except BlockingIOError:
                await self._until_writable(response)
                if response.done():
                    return False
            except OSError as error:
                if self.reused and len(rest) == len(data):
                    raise NothingSent from error
                if shortage_in(error):
                    raise
                # There may be a response, or why TLS ends, to be read.
                return False
        return True

    async def _until_writable(self, response: "asyncio.Future[RawResponse]") -> None:
        writable = self._loop.create_future()
        self._loop.add_writer(self._fd, _settle, writable)
        try:
            await asyncio.wait((writable, response), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self._fd >= 0:
                self._loop.remove_writer(self._fd)
            writable.cancel()

    def close(self) -> None:
        """Close it; what the endpoint still has to say is lost."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            self._fd = -1
            self._stream.close()

    def _on_readable(self) -> None:
        """Take what came. A callback's error is nobody's, so that every one ends in the future that is waited for."""
        response, reader = self._response, self._reader
        if response is None or reader is None or response.done():
            self._spoil()
            return
        try:
            came = self._stream.read()
        except (BlockingIOError, InterruptedError):
            self._slow_down()
            return
        except OSError as error:
            self._end(response, reader, error)
            return
        except Exception as crash:  # noqa: BLE001 - raised where the response is waited for
            self._spoil()
            response.set_exception(crash)
            return
        if not came:
            self._end(response, reader, None)
            return
        try:
            read = reader.feed(came)
        except Exception as error:  # noqa: BLE001 - raised where the response is waited for
            response.set_exception(error)
        else:
            if read is not None:
                response.set_result(read)
            else:
                self._slow_down()

    def _slow_down(self) -> None:
        """Count a read; after many, and after a costly one, stop watching the socket for a while."""
        self._reads += 1
        wait, cost = 0.0, self._stream.last_cost_seconds
        if self._reads > READS_AT_ONCE:
            wait = (self._reads - READS_AT_ONCE) * _LONGER_SECONDS
        if cost > _COSTLY_SECONDS:
            wait = max(wait, cost * TIMES_ITS_COST)
        if wait:
            self._loop.remove_reader(self._fd)
            self._loop.call_later(min(wait, _LONGEST_WAIT_SECONDS), self._watch_again)

    def _watch_again(self) -> None:
        if self.open:
            self._loop.add_reader(self._fd, self._on_readable)

    def _spoil(self) -> None:
        """Note that something came that no request waits for: the endpoint's end, or no response of ours."""
        self._spoilt = True
        self._loop.remove_reader(self._fd)
        if self._response is None:
            self.close()
            if self.on_end is not None:
                self.on_end(self)

    def _on_deadline(self, deadline: Deadline) -> None:
        if (over_by := deadline.over_by()) < 0:
            # It has moved meanwhile.
            self._timer = self._loop.call_later(-over_by, self._on_deadline, deadline)
        elif self._response is not None and self._reader is not None and not self._response.done():
            self._end(self._response, self._reader, TimeoutError())

    def _end(self, response: "asyncio.Future[RawResponse]", reader: ResponseReader, error: OSError | None) -> None:
        self._spoilt = True
        # The loop would tell of the end again and again.
        self._loop.remove_reader(self._fd)
        try:
            response.set_result(reader.end(error))
        except (OSError, HTTPException) as failure:
            response.set_exception(failure)
        except Exception as crash:  # noqa: BLE001 - raised where the response is waited for
            response.set_exception(crash)


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
