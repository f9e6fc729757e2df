"""A name service for tests: names that mean what a test says, and change their meaning when it says so."""

import socket
import threading
from ipaddress import ip_address
from typing import Any


class NameService:
    """Stands in for `socket.getaddrinfo`: each look-up of a name takes the next of its results, the last one stays."""

    def __init__(self) -> None:
        self.addresses: dict[str, list[list[str]]] = {}
        #: Every name that was looked up; an address in numbers is none.
        self.asked: list[str] = []
        #: Names that get no result until `release` is set.
        self.hanging: set[str] = set()
        self.release = threading.Event()

    def getaddrinfo(self, host: bytes | str, port: int | None = None, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        """Return addresses in the system's form."""
        name = host.decode() if isinstance(host, bytes) else host
        if _is_address(name):
            return [_entry(name, port)]
        self.asked.append(name)
        if name in self.hanging:
            self.release.wait(60)
        if name not in self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        results = self.addresses[name]
        addresses = results.pop(0) if len(results) > 1 else results[0]
        return [_entry(address, port) for address in addresses]


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _entry(address: str, port: int | None) -> tuple[Any, ...]:
    return (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 0))
