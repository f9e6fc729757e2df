"""Decides how Redis is asked for a transition: by its function where the server has functions, else by its script.

It sends nothing itself: a generator yields each command and takes its reply, so that threads and coroutines share it.
"""

import hashlib
import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from redis.exceptions import NoScriptError, ResponseError

from lessonhook.ledger.transitions.assembly import library, source

if TYPE_CHECKING:
    from lessonhook.ledger.transitions.policy import Policy

Argument: TypeAlias = str | bytes | float
Command: TypeAlias = tuple[Argument, ...]

_LOAD_LIBRARY: Final = "FUNCTION LOAD"
_LOAD_SCRIPT: Final = "SCRIPT LOAD"
#: Commands that name no key. Every master of a Cluster has its own library, so they go where the key of the call is.
LOADS: Final = frozenset({_LOAD_LIBRARY, _LOAD_SCRIPT})
#: After a refusal to load the library or to call a function, scripts are used for this long: the cause may be a full
#: memory, a missing right or a server without functions.
_WITHOUT_FUNCTIONS_SECONDS: Final = 300.0
_NOT_LOADED: Final = "Function not found"
_LOADED_ALREADY: Final = "already exists"
#: Stands in the error of a server that does not know the command, and in that of one which forbids it to the user.
_NO_FCALL: Final = "'fcall'"
#: In place of a reply: the server lets us have no functions.
_REFUSED: Final = object()


class Calls:
    """The commands for the transitions of one policy. Threads may share it."""

    def __init__(self, policy: "Policy") -> None:
        self._policy = policy
        self._library = library(policy)
        self._scripts: dict[str, tuple[str, str]] = {}
        self._without_functions_until = 0.0

    @property
    def library_name(self) -> str:
        """The name of the library that the server has for this policy."""
        return self._library.name

    def command(self, transition: str, key: str, *arguments: Argument) -> Command:
        """Return the command that a server understands which had the same transition before."""
        if time.monotonic() < self._without_functions_until:
            return ("EVALSHA", self._script(transition)[0], 1, key, *arguments)
        return ("FCALL", self._library.function(transition), 1, key, *arguments)

    def exchange(self, transition: str, key: str, *arguments: Argument) -> Generator[Command, Any, Any]:
        """Yield commands, take each one's reply, and return the transition's. An error reply is thrown in.

        `key` names the shard, so that Redis Cluster finds the node.
        """
        if time.monotonic() >= self._without_functions_until:
            reply = yield from self._by_function(transition, key, *arguments)
            if reply is not _REFUSED:
                return reply
            self._without_functions_until = time.monotonic() + _WITHOUT_FUNCTIONS_SECONDS
        return (yield from self._by_script(transition, key, *arguments))

    def _by_function(self, transition: str, key: str, *arguments: Argument) -> Generator[Command, Any, Any]:
        command = ("FCALL", self._library.function(transition), 1, key, *arguments)
        try:
            return (yield command)
        except ResponseError as error:
            if _NO_FCALL in str(error).lower():
                return _REFUSED
            if _NOT_LOADED not in str(error):
                raise
        try:
            yield (_LOAD_LIBRARY, self._library.text)
        except ResponseError as error:
            # Another process may have loaded it meanwhile.
            if _LOADED_ALREADY not in str(error):
                return _REFUSED
        return (yield command)

    def _by_script(self, transition: str, key: str, *arguments: Argument) -> Generator[Command, Any, Any]:
        digest, text = self._script(transition)
        command = ("EVALSHA", digest, 1, key, *arguments)
        try:
            return (yield command)
        except NoScriptError:
            yield (_LOAD_SCRIPT, text)
        return (yield command)

    def _script(self, transition: str) -> tuple[str, str]:
        """Return a script's digest, as Redis makes it, and its text."""
        known = self._scripts.get(transition)
        if known is None:
            text = source(transition, self._policy)
            digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
            known = self._scripts[transition] = (digest, text)
        return known
