"""A name service for tests: names that mean what a test says, and change their meaning when it says so."""

import socket
import threading
from typing import Any


class NameService:
    """Stands in for `socket.getaddrinfo`: each look-up of a name takes the next of its answers, the last one stays."""

    def __init__(self) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        #: Every name that was looked up.
        self.asked: list[str] = []
        #: Names that get no answer until `release` is set.
        self.hanging: set[str] = set()
        self.release = threading.Event()

    def getaddrinfo(self, host: bytes | str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        """Answer addresses in the system's form."""
        name = host.decode() if isinstance(host, bytes) else host
        self.asked.append(name)
        if name in self.hanging:
            self.release.wait(20)
        if name not in self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answers = self.answers[name]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))
            for address in addresses
        ]
