"""Names to addresses, under a deadline: `getaddrinfo` has none and cannot be interrupted."""

import socket
import threading
from concurrent.futures import Future
from functools import partial
from ipaddress import ip_address
from typing import Final

from lessonhook.ledger import Reason
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.failure import Failure

#: Lookups under way at one moment, those that nobody waits for any more among them. One for each name at most, so
#: this many names must hang before another one has to wait.
LOOKUP_LIMIT: Final = 64


class Resolver:
    """Looks names up in threads of its own, which a hanging name server may keep; who asks goes on at the deadline."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[tuple[str, ...]]] = {}
        self._free = threading.BoundedSemaphore(LOOKUP_LIMIT)

    def addresses(self, host: str, deadline: Deadline) -> tuple[str, ...]:
        """Answer a host's addresses in the order to try them; raise Failure (`dns`) if there are none in time."""
        try:
            return (str(ip_address(host)),)
        except ValueError:
            pass
        try:
            found = self._lookup(host, deadline).result(deadline.left())
        except TimeoutError:
            raise Failure(Reason.DNS, f"{host} was not resolved within {deadline.seconds:g} s") from None
        except (OSError, UnicodeError) as error:
            words = error.strerror if isinstance(error, OSError) else None
            raise Failure(Reason.DNS, f"{host} cannot be resolved: {(words or 'not a name').lower()}") from None
        if not found:
            raise Failure(Reason.DNS, f"{host} has no address")
        return found

    def _lookup(self, host: str, deadline: Deadline) -> "Future[tuple[str, ...]]":
        """Start a lookup, or join the one that is under way for the same name."""
        with self._lock:
            if (joined := self._under_way.get(host)) is not None:
                return joined
        # Outside the lock, so that names which are under way can still be joined meanwhile.
        if not self._free.acquire(timeout=deadline.left()):
            raise TimeoutError
        with self._lock:
            if (joined := self._under_way.get(host)) is not None:
                self._free.release()
                return joined
            future = self._under_way[host] = Future()
        # A daemon: a worker that is told to stop does not wait for a name server.
        thread = threading.Thread(target=partial(self._run, host, future), name="lessonhook-resolve", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._end(host)
            future.set_exception(OSError(str(error)))
        return future

    def _run(self, host: str, future: "Future[tuple[str, ...]]") -> None:
        try:
            # Bytes: given a str, Python first puts it through an IDNA codec that refuses names which are served.
            answers = socket.getaddrinfo(host.encode("ascii"), None, type=socket.SOCK_STREAM)
            found = tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those who wait
            self._end(host)
            future.set_exception(error)
        else:
            self._end(host)
            future.set_result(found)

    def _end(self, host: str) -> None:
        with self._lock:
            del self._under_way[host]
        self._free.release()
