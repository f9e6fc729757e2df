"""Names to addresses, under a deadline: `getaddrinfo` has none and cannot be interrupted, so it runs in threads.

A name whose look-up hangs keeps its thread, so that `LookUpPlaces` says which names may have how many.
"""

import asyncio
import socket
import threading
from ipaddress import ip_address

from lessonhook.config import shortage_in, shortage_now
from lessonhook.ledger import Reason
from lessonhook.worker.client.deadline import Deadline, until
from lessonhook.worker.client.failure import Failure, NotStarted, while_looking_up
from lessonhook.worker.client.lookup_places import SLOW_SECONDS, LookUpPlaces, NamePace

Addresses = tuple[str, ...]


class Resolver:
    """Looks names up, each at most once at a time. Used on one loop only."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Future[Addresses]] = {}
        self._places = LookUpPlaces()

    async def addresses(self, host: str, deadline: Deadline) -> Addresses:
        """Return a host's addresses in the order to try them.

        Raise Failure (`dns`) if there are none in time, and NotStarted where this machine lacks a thread or a file for
        the look-up.
        """
        try:
            return (str(ip_address(host)),)
        except ValueError:
            pass
        try:
            async with until(deadline):
                found = await asyncio.shield(await self._look_up(host))
        except TimeoutError:
            raise while_looking_up(host, deadline, is_under_way=host in self._under_way) from None
        except (OSError, UnicodeError) as error:
            if lacking := shortage_in(error):
                raise NotStarted(lacking) from None
            words = error.strerror if isinstance(error, OSError) else None
            raise Failure(Reason.DNS, f"{host} cannot be resolved: {(words or 'not a name').lower()}") from None
        if not found:
            raise Failure(Reason.DNS, f"{host} has no address")
        return found

    async def _look_up(self, host: str) -> "asyncio.Future[Addresses]":
        """Start a look-up, or join the one that is under way for the same name."""
        while (future := self._under_way.get(host)) is None:
            pace = self._places.pace_of(host)
            if self._places.take(pace):
                return self._start(host, pace)
            if pace is NamePace.SLOW:
                raise NotStarted("too many names are being looked up that hang")
            await self._places.until_free(pace)
        return future

    def _start(self, host: str, pace: NamePace) -> "asyncio.Future[Addresses]":
        loop = asyncio.get_running_loop()
        future = self._under_way[host] = loop.create_future()
        lookup = _LookUp(self, host, future, pace)
        # A daemon: a worker that is told to stop does not wait for a name server.
        thread = threading.Thread(target=lookup.run, args=(loop,), name="lessonhook-resolve", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            lookup.end(NotStarted("no thread can be started for a look-up"))
        return future

    def is_slow(self, host: str, pace: NamePace) -> NamePace:
        """Note that a look-up is slow, and return whose place it has from now on: its own, if slow ones have none."""
        self._places.remember(host, slow=True)
        if pace is NamePace.SLOW or not self._places.take(NamePace.SLOW):
            return pace
        self._places.give_back(pace)
        return NamePace.SLOW

    def ended(self, host: str, pace: NamePace, *, quickly: bool) -> None:
        """Take a look-up's place back."""
        self._under_way.pop(host, None)
        self._places.remember(host, slow=not quickly)
        self._places.give_back(pace)


class _LookUp:
    """One look-up and the place that it takes."""

    def __init__(self, resolver: Resolver, host: str, future: "asyncio.Future[Addresses]", pace: NamePace) -> None:
        self._resolver = resolver
        self._host = host
        self._future = future
        self._pace = pace
        self._is_quick = True
        self._timer = asyncio.get_running_loop().call_later(SLOW_SECONDS, self._is_slow)

    def run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ask the system's resolver, in a thread of its own."""
        result: Addresses | Exception
        try:
            # Bytes: given a str, Python first puts it through an IDNA codec that refuses names which are served.
            found = socket.getaddrinfo(self._host.encode("ascii"), None, type=socket.SOCK_STREAM)
            result = tuple(dict.fromkeys(str(each[4][0]) for each in found))
        except socket.gaierror as error:
            # Without a file for its question, the system's resolver says that the name server did not reply.
            lacking = shortage_now()
            result = NotStarted(lacking) if lacking else error
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those who wait
            result = error
        try:
            loop.call_soon_threadsafe(self.end, result)
        except RuntimeError:
            # The loop is closed: nobody waits any more.
            return

    def end(self, result: Addresses | Exception) -> None:
        """Hand over what was found, on the loop."""
        self._timer.cancel()
        self._resolver.ended(self._host, self._pace, quickly=self._is_quick)
        if self._future.done():
            return
        if isinstance(result, Exception):
            self._future.set_exception(result)
            # Read here, so that asyncio does not complain where everybody has given up.
            self._future.exception()
        else:
            self._future.set_result(result)

    def _is_slow(self) -> None:
        self._is_quick = False
        self._pace = self._resolver.is_slow(self._host, self._pace)
