"""A socket to an endpoint as the event loop uses it: one call is one read or one write, with or without TLS.

TLS goes through memory: below an `SSLSocket`, OpenSSL reads on for as long as there is more, so that an endpoint that
floods it with session tickets would keep the whole loop.
"""

import asyncio
import contextlib
import gc
import socket
import ssl
import time
from concurrent.futures import Executor
from typing import Final, Protocol

from lessonhook.ledger import Reason
from lessonhook.worker.client.failure import Failure, TlsTooCostly

#: Of one read, and of one write: one TLS record, which arrives as a whole or not at all.
CHUNK_BYTES: Final = 16_384
#: Of one read below TLS: of key updates, as many as come in 16 KB cost the loop 12 ms at once (measured).
_BELOW_TLS_BYTES: Final = 4_096
#: What TLS may have to say, key updates that the endpoint asks for among it, while the endpoint reads nothing.
_UNSENT_LIMIT_BYTES: Final = 262_144
#: Processor time that one step of a handshake may cost beside the loop. A usual chain costs 1.4 ms. Forty intermediate
#: certificates whose RSA keys of 3,072 bits have an exponent as long cost 260 ms (measured); who has an authority of
#: its own can sign as many.
HANDSHAKE_STEP_SECONDS: Final = 0.05
#: Processor time of the loop that TLS may cost in a handshake, and again until the next request. A whole one costs some
#: 2 ms. A flood of session tickets up to the deadline cost 1 s, and key updates 12 ms a read (measured).
LOOP_SECONDS: Final = 0.1
#: A step that costs more is looked at: CPython may have collected the whole heap meanwhile.
_LOOKED_AT_SECONDS: Final = 0.01
#: What comes out of TLS may cost in addition: to decrypt a byte takes a tenth of it without help of the processor.
_SECONDS_A_BYTE: Final = 1e-7


class _Collections:
    """The collections of the whole heap that nobody has been told of."""

    def __init__(self) -> None:
        self._known = 0

    def came_since_the_last_look(self) -> bool:
        known, self._known = self._known, _full_collections()
        return self._known != known


def _full_collections() -> int:
    """Return how often the whole heap was collected in this process."""
    return int(gc.get_stats()[-1]["collections"])


_collections: Final = _Collections()


class Stream(Protocol):
    """What a connection needs of its socket."""

    #: Processor time of the last read, beyond what it brought.
    last_cost_seconds: float

    def fileno(self) -> int:
        """Return the number that the loop waits for."""

    def read(self) -> bytes:
        """Return what has come, b"" at the end. Raise BlockingIOError if nothing has, OSError if the stream broke."""

    def write(self, data: memoryview) -> int:
        """Return how many bytes were taken, at most `CHUNK_BYTES`. Raise BlockingIOError if none can be taken now."""

    def held_back(self) -> bool:
        """Whether bytes were received and not yet read: the socket shows nothing of them."""

    def close(self) -> None:
        """Close the socket; what the endpoint still has to say is lost."""


class PlainStream:
    """A non-blocking socket as it is."""

    __slots__ = ("_sock", "last_cost_seconds")

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.last_cost_seconds = 0.0

    def fileno(self) -> int:
        """Return the socket's number."""
        return self._sock.fileno()

    def read(self) -> bytes:
        """Return what has come."""
        return self._sock.recv(CHUNK_BYTES)

    def write(self, data: memoryview) -> int:
        """Send the beginning of the data."""
        return self._sock.send(data[:CHUNK_BYTES])

    def held_back(self) -> bool:
        """Return False: nothing stands between the socket and its reader."""
        return False

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


class TlsStream:
    """TLS over a non-blocking socket. `shake_hands` comes first."""

    __slots__ = (
        "_broken", "_inward", "_outward", "_sock", "_spent", "_tls", "_unsent", "last_cost_seconds", "waits_for_thread",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, host: str) -> None:
        self._sock = sock
        self._inward, self._outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._inward, self._outward, server_hostname=host)
        self._unsent = b""
        #: What ended the stream, to be raised by the next read: data came before it.
        self._broken: OSError | None = None
        #: Processor time of the loop since the stream began, or since the last request.
        self._spent = 0.0
        self.last_cost_seconds = 0.0
        #: Whether a thread has the last step of the handshake, or is to take it.
        self.waits_for_thread = False

    def fileno(self) -> int:
        """Return the socket's number."""
        return self._sock.fileno()

    async def shake_hands(self, *, readable: bool, beside: Executor | None = None) -> bool:
        """Take one step of the handshake and return whether it is done. Raise OSError if it failed.

        `readable` allows one read of the socket. Raise BlockingIOError where something is left to be sent first.
        With `beside`, what came is checked in a thread; raise Failure if that costs too much.
        """
        began = time.thread_time()
        if readable:
            with contextlib.suppress(BlockingIOError):
                self._receive()
        try:
            if beside is None or not readable:
                done = self._step()
            else:
                done = await self._step_beside(beside)
                # What the loop did meanwhile was for others.
                began = time.thread_time()
        except ssl.SSLError:
            with contextlib.suppress(OSError):
                # The alert that tells the endpoint why.
                self._flush()
            raise
        self._flush()
        self._count(began)
        if self._unsent:
            raise BlockingIOError
        return done

    def read(self) -> bytes:
        """Return what one read of the socket decrypts to."""
        if self._broken is not None:
            raise self._broken
        began = time.thread_time()
        self._receive()
        pieces: list[bytes] = []
        ended: OSError | None = None
        try:
            while piece := self._tls.read(CHUNK_BYTES):
                pieces.append(piece)
        except ssl.SSLWantReadError:
            ended = BlockingIOError()
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            # Many servers close without saying so in TLS; where a response ends is told by its framing.
            pass
        except ssl.SSLError as error:
            ended = error
        with contextlib.suppress(OSError):
            self._flush()
        # With TLS 1.2 an endpoint may ask for another handshake at any time, which is then a part of reading.
        self._count(began, data_bytes=sum(map(len, pieces)))
        if ended is not None and not pieces:
            raise ended
        if isinstance(ended, ssl.SSLError):
            self._broken = ended
        return b"".join(pieces)

    def write(self, data: memoryview) -> int:
        """Encrypt one record and send it; what the socket does not take now goes before the next one."""
        self._flush()
        if self._unsent:
            raise BlockingIOError
        self._spent = 0.0
        taken = self._tls.write(data[:CHUNK_BYTES])
        self._flush()
        return taken

    def held_back(self) -> bool:
        """Whether a part of a record, or something decrypted, waits to be read."""
        return bool(self._inward.pending or self._tls.pending() or self._broken)

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def _step(self) -> bool:
        """Let OpenSSL look at what has come. It needs the memory only, so that any thread can do it."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    async def _step_beside(self, threads: Executor) -> bool:
        """Do the same in a thread, in which OpenSSL does not hold the interpreter."""

        def measured() -> tuple[bool, float]:
            known, began = _full_collections(), time.thread_time()
            done = self._step()
            spent = time.thread_time() - began
            # CPython may have collected the whole heap in this thread.
            return done, spent if _full_collections() == known else 0.0

        self.waits_for_thread = True
        done, seconds = await asyncio.get_running_loop().run_in_executor(threads, measured)
        self.waits_for_thread = False
        if seconds > HANDSHAKE_STEP_SECONDS:
            raise Failure(Reason.TLS, "the endpoint's certificates cost too much to check: their keys, or their number")
        return done

    def _count(self, began: float, *, data_bytes: int = 0) -> None:
        """Count what the loop has spent since `began`, and raise TlsTooCostly if TLS has had its share."""
        cost = max(0.0, time.thread_time() - began - data_bytes * _SECONDS_A_BYTE)
        if cost > _LOOKED_AT_SECONDS and _collections.came_since_the_last_look():
            # Ours, and not the endpoint's.
            cost = 0.0
        self.last_cost_seconds = cost
        self._spent += cost
        if self._spent > LOOP_SECONDS:
            raise TlsTooCostly

    def _receive(self) -> None:
        data = self._sock.recv(_BELOW_TLS_BYTES)
        if data:
            self._inward.write(data)
        else:
            self._inward.write_eof()

    def _flush(self) -> None:
        self._unsent += self._outward.read()
        if self._unsent:
            with contextlib.suppress(BlockingIOError):
                self._unsent = self._unsent[self._sock.send(self._unsent) :]
        if len(self._unsent) > _UNSENT_LIMIT_BYTES:
            raise ConnectionError("the endpoint makes TLS respond and does not read")
