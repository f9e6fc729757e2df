"""Which error replies of Redis are about the server and not about the command: for the ledger and for the broker.

A server that is no longer the master, or that can't write its snapshot, refuses every command with an error reply.
redis-py and kombu take most of these for the command's own result, so a process would stay connected to a demoted
master for ever. Here such a reply closes its connection, so that the next command resolves the name anew.

https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
"""

import re
from typing import Any, Final

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

_CODE: Final = re.compile(r"[A-Z]{3,}(?=\s|$)")
#: redis-py keeps the code of these replies from their text, and says it by the class alone.
_CODES_OF_CLASSES: Final = {
    "AuthenticationError": "NOAUTH",
    "AskError": "ASK",
    "BusyLoadingError": "LOADING",
    "ClusterDownError": "CLUSTERDOWN",
    "MasterDownError": "MASTERDOWN",
    "MovedError": "MOVED",
    "NoPermissionError": "NOPERM",
    "OutOfMemoryError": "OOM",
    "ReadOnlyError": "READONLY",
    "TryAgainError": "TRYAGAIN",
}
#: After these, another server may serve by now under the same name: a replica was promoted, or this one can't write.
OF_THE_SERVER: Final = frozenset({"LOADING", "MASTERDOWN", "MISCONF", "NOREPLICAS", "READONLY", "UNBLOCKED"})
#: After these, a new connection may be let in where this one is not, since it authenticates anew.
OF_THE_CONNECTION: Final = frozenset({"NOAUTH", "WRONGPASS"})
#: The name leads to a node of a Cluster. The client of a Cluster follows these itself.
OF_A_CLUSTER: Final = frozenset({"ASK", "CLUSTERDOWN", "MOVED", "TRYAGAIN"})
#: Any command would have had these: they say nothing of the key that one named.
_OF_ANY_COMMAND: Final = OF_THE_SERVER | OF_THE_CONNECTION | OF_A_CLUSTER | {"BUSY", "NOPERM", "OOM"}
#: Errors behind an error: redis-py and kombu wrap the operating system's once or twice.
_LINKS_FOLLOWED: Final = 5
_CLOSING: Final = OF_THE_SERVER | OF_THE_CONNECTION
#: What is wrong with the settings or with the user's rights: no waiting mends it.
_OF_THE_SETTINGS: Final = {
    "NOAUTH": "the password is missing or wrong",
    "NOPERM": "the user lacks a right, see docs/operations.md",
    "WRONGPASS": "the user or the password is wrong",
}
#: Before 7.0, Redis knew no functions, and no script whose first line names its flags.
OLDEST_REDIS: Final = 7
_TOO_OLD: Final = f"it is older than Redis {OLDEST_REDIS}.0"
#: The same, of replies that have no code: how their text begins, or what is in it.
_WITHOUT_A_CODE: Final = (
    (re.compile(r"DB index is out of range"), "it has no database of this number"),
    (re.compile(r"unknown (sub)?command.*\b(FUNCTION|FCALL)\b", re.IGNORECASE), _TOO_OLD),
    (re.compile(r"Error compiling script.*unexpected symbol near '#'"), _TOO_OLD),
)


class ServerRefusal(RedisConnectionError):
    """The server refuses to serve now; its connection is closed. The text is the error reply's."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def code_of(error: BaseException) -> str:
    """Return the code of an error reply, such as `READONLY`; the name of the exception's class if it has none.

    kombu wraps what redis-py raises: then it is the code of what is wrapped.
    """
    error = _unwrapped(error)
    if isinstance(error, ServerRefusal):
        return error.code
    written = getattr(error, "status_code", None)
    if written and written != "ERR":
        return str(written)
    if (known := _CODES_OF_CLASSES.get(type(error).__name__)) is not None:
        return known
    found = _CODE.match(str(error)) if isinstance(error, ResponseError) else None
    return found[0] if found and found[0] != "ERR" else type(error).__name__


def raise_if_of_the_server(error: ResponseError) -> None:
    """Raise `ServerRefusal` if any command would have had this reply, so that no record is taken for a damaged one."""
    code = code_of(error)
    if code in _OF_ANY_COMMAND:
        raise ServerRefusal(code, str(error)) from None


def explain(error: BaseException, server: str = "Redis") -> str:
    """Return in a few words why Redis did not carry out a command. Quote no value; `server` is how to call it."""
    error, code = _unwrapped(error), code_of(error)
    if known := _of_the_settings(error, code):
        return f"{server} refuses ({code}): {known}"
    if isinstance(error, ServerRefusal | ResponseError) or code in _CLOSING:
        return f"{server} refuses ({code})"
    if isinstance(error, RedisConnectionError):
        return f"{server} is not reachable ({_network_reason(error) or code})"
    if isinstance(error, RedisError):
        return f"{server} did not reply ({code})"
    return f"the broker failed ({_network_reason(error) or code})"


def is_too_old(error: BaseException) -> bool:
    """Return whether Redis refuses a command because its version is too old: another URL helps, and no waiting."""
    error = _unwrapped(error)
    return _of_the_settings(error, code_of(error)) == _TOO_OLD


def _of_the_settings(error: BaseException, code: str) -> str:
    """Return what is wrong with the settings, with the user's rights or with the server's version; "" if it is not."""
    if type(error) is not ResponseError:
        return _OF_THE_SETTINGS.get(code, "")
    text = str(error)
    return _OF_THE_SETTINGS.get(code) or next((words for form, words in _WITHOUT_A_CODE if form.search(text)), "")


def _network_reason(error: BaseException) -> str:
    """Return what the operating system says, such as "Connection refused"; "" if it says nothing."""
    seen: BaseException | None = error
    for _ in range(_LINKS_FOLLOWED):
        if seen is None:
            break
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror
        seen = seen.__cause__ or seen.__context__
    return ""


def _unwrapped(error: BaseException) -> BaseException:
    cause = error.__cause__
    return cause if isinstance(cause, RedisError) and not isinstance(error, RedisError) else error


def refusal_in(reply: str) -> ServerRefusal | None:
    """Return the refusal that an error reply is, None for other errors; for a reader other than redis-py."""
    code = _CODE.match(reply)
    return ServerRefusal(code[0], reply) if code and code[0] in _CLOSING | OF_A_CLUSTER else None


class _ClosedByRefusals:
    """Closes the connection on an error reply that is about the server, and raises a ConnectionError.

    It also closes if a reply does not come in time. redis-py's own to a master behind Sentinel stays open and waits
    again, so that a master that hangs would keep its clients after another one took its place.
    """

    _greets = False

    def connect_check_health(self: Any, *arguments: Any, **options: Any) -> Any:
        """Connect, and greet the server. A Cluster's client cannot follow a reply to that: it has no connection yet."""
        self._greets = True
        try:
            return super().connect_check_health(*arguments, **options)  # type: ignore[misc]  # of the class mixed with
        finally:
            self._greets = False

    def read_response(self: Any, *arguments: Any, **options: Any) -> Any:
        """Read a reply. Raises `ServerRefusal`, upon which redis-py connects again, and tries once more."""
        options = {"disconnect_on_error": True, **options}
        try:
            return super().read_response(*arguments, **options)  # type: ignore[misc]  # of the class mixed with
        except ResponseError as error:
            code = code_of(error)
            if code not in self.closing and not (self._greets and code in OF_A_CLUSTER):
                raise
            self.disconnect()
            raise ServerRefusal(code, str(error)) from error


def closed_by_refusals(connection_class: type[Any], *, of_a_cluster: bool = False) -> type[Any]:
    """Make a connection class of redis-py's close on error replies that are about the server.

    A connection to a single server closes when that turns out to be a node of a Cluster, as well: the address may have
    moved. The client of a Cluster follows such replies itself.
    """
    closing = _CLOSING if of_a_cluster else _CLOSING | OF_A_CLUSTER
    name = f"{connection_class.__name__}ClosedByRefusals"
    return type(name, (_ClosedByRefusals, connection_class), {"closing": closing})
