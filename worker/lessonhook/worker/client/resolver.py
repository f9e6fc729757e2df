"""Names to addresses, under a deadline: `getaddrinfo` has none and cannot be interrupted, so it runs in threads.

A name whose look-up hangs keeps its thread. Such names share threads of their own, so that another name never waits
for theirs.
"""

import asyncio
import socket
import threading
from collections import OrderedDict
from ipaddress import ip_address
from typing import Final

from lessonhook.ledger import Reason
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.failure import Failure, NotStarted

#: Look-ups under way of names that are not known to hang.
LOOKUP_LIMIT: Final = 64
#: A look-up that takes longer hangs, and so does its name from then on.
HANGS_AFTER_SECONDS: Final = 1.0
#: Threads that hanging names may keep, all together.
HANGING_LIMIT: Final = 256
#: Names that are remembered as hanging; one is forgotten when a look-up of it ends in time.
_REMEMBERED: Final = 10_000

Addresses = tuple[str, ...]


class Resolver:
    """Looks names up, each at most once at a time. Used on one loop only."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Future[Addresses]] = {}
        self._hanging: OrderedDict[str, None] = OrderedDict()
        self._places = LOOKUP_LIMIT
        self._places_of_hanging = HANGING_LIMIT
        #: Set when a place becomes free; None while nobody waits for one.
        self._freed: asyncio.Future[None] | None = None

    async def addresses(self, host: str, deadline: Deadline) -> Addresses:
        """Return a host's addresses in the order to try them.

        Raise Failure (`dns`) if there are none in time, and NotStarted where no thread was free for the look-up.
        """
        try:
            return (str(ip_address(host)),)
        except ValueError:
            pass
        try:
            async with asyncio.timeout(deadline.left()):
                found = await asyncio.shield(await self._look_up(host))
        except TimeoutError:
            if host not in self._under_way:
                raise NotStarted("too many names are being looked up that hang") from None
            raise Failure(Reason.DNS, f"{host} was not resolved within {deadline.seconds:g} s") from None
        except (OSError, UnicodeError) as error:
            words = error.strerror if isinstance(error, OSError) else None
            raise Failure(Reason.DNS, f"{host} cannot be resolved: {(words or 'not a name').lower()}") from None
        if not found:
            raise Failure(Reason.DNS, f"{host} has no address")
        return found

    async def _look_up(self, host: str) -> "asyncio.Future[Addresses]":
        """Start a look-up, or join the one that is under way for the same name."""
        while (future := self._under_way.get(host)) is None:
            if host in self._hanging:
                if not self._places_of_hanging:
                    raise NotStarted("too many names are being looked up that hang")
                self._places_of_hanging -= 1
                return self._start(host, hangs=True)
            if self._places:
                self._places -= 1
                return self._start(host, hangs=False)
            if self._freed is None:
                self._freed = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._freed)
        return future

    def _start(self, host: str, *, hangs: bool) -> "asyncio.Future[Addresses]":
        loop = asyncio.get_running_loop()
        future = self._under_way[host] = loop.create_future()
        lookup = _LookUp(self, host, future, hangs=hangs)
        # A daemon: a worker that is told to stop does not wait for a name server.
        thread = threading.Thread(target=lookup.run, args=(loop,), name="lessonhook-resolve", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            lookup.end(NotStarted("no thread can be started for a look-up"))
        return future

    def hang(self, host: str) -> bool:
        """Note that a name hangs, and give its place to others. Return whether there was one for it to hang in."""
        self._hanging[host] = None
        self._hanging.move_to_end(host)
        while len(self._hanging) > _REMEMBERED:
            self._hanging.popitem(last=False)
        if not self._places_of_hanging:
            return False
        self._places_of_hanging -= 1
        self._free()
        return True

    def ended(self, host: str, *, hangs: bool, in_time: bool) -> None:
        """Take a look-up's place back."""
        self._under_way.pop(host, None)
        if in_time:
            self._hanging.pop(host, None)
        if hangs:
            self._places_of_hanging += 1
        else:
            self._free()

    def _free(self) -> None:
        """Wake all who wait: of those that come first, one takes the place, and the others wait again."""
        self._places += 1
        if self._freed is not None:
            self._freed.set_result(None)
            self._freed = None


class _LookUp:
    """One look-up and the place that it takes."""

    def __init__(self, resolver: Resolver, host: str, future: "asyncio.Future[Addresses]", *, hangs: bool) -> None:
        self._resolver = resolver
        self._host = host
        self._future = future
        self._in_hanging_place = hangs
        self._in_time = True
        self._timer = asyncio.get_running_loop().call_later(HANGS_AFTER_SECONDS, self._hang)

    def run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ask the system's resolver, in a thread of its own."""
        result: Addresses | Exception
        try:
            # Bytes: given a str, Python first puts it through an IDNA codec that refuses names which are served.
            found = socket.getaddrinfo(self._host.encode("ascii"), None, type=socket.SOCK_STREAM)
            result = tuple(dict.fromkeys(str(each[4][0]) for each in found))
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
        self._resolver.ended(self._host, hangs=self._in_hanging_place, in_time=self._in_time)
        if self._future.done():
            return
        if isinstance(result, Exception):
            self._future.set_exception(result)
            # Read here, so that asyncio does not complain where everybody has given up.
            self._future.exception()
        else:
            self._future.set_result(result)

    def _hang(self) -> None:
        self._in_time = False
        if not self._in_hanging_place:
            self._in_hanging_place = self._resolver.hang(self._host)
