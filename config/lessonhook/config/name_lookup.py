"""Look-ups of the names of Redis and RabbitMQ that end in time: `getaddrinfo` has no limit and cannot be interrupted.

While no name server replied, a call that connected waited for the resolver, 10 to 30 s by default, whatever the limit
of the call was. Here a thread looks the name up, one for each name at a time, and all who connect wait for that one. If
it takes long, or fails for the moment, the addresses that were found last are used: a server seldom moves, and least
of all while its name server is away.
"""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from ipaddress import ip_address
from typing import Final, TypeAlias, TypeVar

from lessonhook.config.call_limit import time_left

T = TypeVar("T")
Addresses: TypeAlias = tuple[str, ...]

#: So long after the beginning of a look-up, the addresses that were found before it are used. A name server that is
#: well replies within some milliseconds.
_LATE_SECONDS: Final = 0.5
#: For a wait without a limit of its own.
_LONGEST_SECONDS: Final = 10.0


class _LookUp:
    """A look-up under way."""

    def __init__(self) -> None:
        self.found: Future[Addresses] = Future()
        self._begun = time.monotonic()

    def patience_seconds(self, limit_seconds: float | None, *, is_known: bool) -> float:
        """Return how long to wait for it now."""
        longest = _LONGEST_SECONDS if limit_seconds is None else limit_seconds
        return min(longest, max(0.0, self._begun + _LATE_SECONDS - time.monotonic())) if is_known else longest


class _Names:
    """What is known of names, and which are being looked up. Threads share it; a forked child begins with no thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, _LookUp] = {}
        #: As many as the settings name hosts.
        self.known: dict[str, Addresses] = {}
        os.register_at_fork(after_in_child=self._forget_threads)

    def look_up(self, host: str) -> _LookUp:
        """Start a look-up, or join the one that is under way."""
        with self._lock:
            if (under_way := self._under_way.get(host)) is not None:
                return under_way
            started = self._under_way[host] = _LookUp()
        # A daemon: a process that ends does not wait for a name server.
        thread = threading.Thread(target=self._run, args=(host, started), name="lessonhook-lookup", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._end(host, started, socket.gaierror(socket.EAI_AGAIN, "no thread can be started to look its name up"))
        return started

    def instead(self, host: str, error: BaseException) -> Addresses:
        """Return the addresses that were found last, if a look-up is late or fails for the moment; raise otherwise."""
        is_late = isinstance(error, TimeoutError)
        known = self.known.get(host)
        if known and (is_late or getattr(error, "errno", None) == socket.EAI_AGAIN):
            return known
        if is_late:
            raise socket.gaierror(socket.EAI_AGAIN, "the look-up of its name takes too long") from None
        raise error

    def _run(self, host: str, look_up: _LookUp) -> None:
        found: Addresses | BaseException
        try:
            entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found = tuple(dict.fromkeys(str(entry[4][0]) for entry in entries))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to those who wait
            found = error
        self._end(host, look_up, found)

    def _end(self, host: str, look_up: _LookUp, found: Addresses | BaseException) -> None:
        with self._lock:
            self._under_way.pop(host, None)
            if not isinstance(found, BaseException):
                self.known[host] = found
        if isinstance(found, BaseException):
            look_up.found.set_exception(found)
        else:
            look_up.found.set_result(found)

    def _forget_threads(self) -> None:
        self._lock = threading.Lock()
        self._under_way = {}


_names: Final = _Names()


def addresses_of(host: str, limit_seconds: float | None) -> Addresses:
    """Return the addresses of a name, in the order to try them. Raises OSError if there are none within the limit."""
    with suppress(ValueError):
        return (str(ip_address(host)),)
    look_up = _names.look_up(host)
    try:
        return look_up.found.result(look_up.patience_seconds(limit_seconds, is_known=host in _names.known))
    except (OSError, UnicodeError) as error:
        return _names.instead(host, error)


async def addresses_on_loop(host: str, limit_seconds: float | None) -> Addresses:
    """Return the same without blocking the loop, and without a thread of its executor, which others need."""
    with suppress(ValueError):
        return (str(ip_address(host)),)
    look_up = _names.look_up(host)
    try:
        async with asyncio.timeout(look_up.patience_seconds(limit_seconds, is_known=host in _names.known)):
            return await asyncio.shield(asyncio.wrap_future(look_up.found))
    except (OSError, UnicodeError) as error:
        return _names.instead(host, error)


def connect_by_name(host: str, limit_seconds: float | None, connect: Callable[[str], T]) -> T:
    """Return what `connect` returns for the first address of a name that it connects with.

    Raises the last address' OSError. Each address may take the limit, in seconds; all of them the limit of the call.
    """
    failure: OSError | None = None
    for address in addresses_of(host, time_left(limit_seconds)):
        try:
            return connect(address)
        except OSError as error:
            failure = error
    raise failure or socket.gaierror(socket.EAI_NONAME, "its name has no address")
