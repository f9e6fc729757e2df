"""What is injected: every error that a Redis may reply with, and what may become of a connection at any command."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Act(StrEnum):
    """What the proxy does with the command at which a fault strikes."""

    #: Reply with an error; the server does not see the command.
    ERROR = "error"
    #: Reply with an error and close the connection, as a server does that has no place for it.
    ERROR_AND_CLOSE = "error-and-close"
    #: Cut the connection before the command reaches the server.
    CUT_BEFORE = "cut-before"
    #: Let the server execute the command, and cut the connection in place of its reply.
    CUT_AFTER = "cut-after"
    #: Let the server execute the command, send half of its reply, and cut the connection.
    HALF_REPLY = "half-reply"
    #: Send the command on only after some seconds.
    DELAY = "delay"


class Span(StrEnum):
    """Which commands a fault strikes, beginning with the one at which it is armed."""

    #: That one alone.
    ONCE = "once"
    #: All that follow on the same door, for some seconds: the server says so to everybody.
    WHILE = "while"
    #: All that follow on connections which are open by then, for ever: the address has moved to another server, and
    #: the old one keeps its connections.
    OLD_CONNECTIONS = "old-connections"
    #: All that follow on the same door of the worker, until its `/readyz` says that it is not ready.
    NOTICED = "noticed"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; its name is unique and stands in the matrix."""

    name: str
    act: Act
    text: str = ""
    span: Span = Span.ONCE
    #: How long a DELAY holds the command, or a WHILE lasts.
    seconds: float = 0.0
    #: Whether only commands that write are refused, as by a replica or a full server.
    writes_only: bool = False

    def fits(self, door: str) -> bool:
        """Return whether it can be injected at a door: a RabbitMQ has errors of its own, and only a worker is ready."""
        if self.span is Span.NOTICED and not door.startswith("worker."):
            return False
        return (
            (self in AMQP or self in CONNECTION or self.name in _OF_ANY_SERVER)
            if door.endswith(".amqp")
            else self not in AMQP
        )


#: Error replies, word for word as servers send them; `{port}` is that of the door itself.
ERRORS: Final = {
    "READONLY": "READONLY You can't write against a read only replica.",
    "UNBLOCKED": "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
    "MISCONF": (
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. "
        "Commands that may modify the data set are disabled."
    ),
    "OOM": "OOM command not allowed when used memory > 'maxmemory'.",
    "LOADING": "LOADING Redis is loading the dataset in memory",
    "MASTERDOWN": "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "NOREPLICAS": "NOREPLICAS Not enough good replicas to write.",
    "NOPERM": "NOPERM User lessonhook has no permissions to run the command",
    "NOAUTH": "NOAUTH Authentication required.",
    "WRONGPASS": "WRONGPASS invalid username-password pair or user is disabled.",
    "BUSY": "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "CLUSTERDOWN": "CLUSTERDOWN The cluster is down",
    "TRYAGAIN": "TRYAGAIN Multiple keys request during rehashing of slot",
    "MOVED": "MOVED 3999 127.0.0.1:{port}",
    "NOSCRIPT": "NOSCRIPT No matching script. Please use EVAL.",
    "FUNCTION": "ERR Function not found",
    "ERR": "ERR something that no release of Redis has ever said",
    "NONSENSE": "42 is no reply",
}
_MAX_CLIENTS: Final = "ERR max number of clients reached"
_WHILE_SECONDS: Final = 0.6
_REFUSE_WRITES: Final = frozenset({"READONLY", "MISCONF", "OOM", "NOREPLICAS"})

ONE_REPLY: Final = (
    *(Fault(name, Act.ERROR, text) for name, text in ERRORS.items()),
    Fault("max-clients", Act.ERROR_AND_CLOSE, _MAX_CLIENTS),
)
CONNECTION: Final = (
    Fault("cut-before", Act.CUT_BEFORE),
    Fault("cut-after", Act.CUT_AFTER),
    Fault("half-reply", Act.HALF_REPLY),
    Fault("delay-0.3s", Act.DELAY, seconds=0.3),
    Fault("delay-1.2s", Act.DELAY, seconds=1.2),
)
REFUSED: Final = Fault("refused-for-0.6s", Act.CUT_BEFORE, span=Span.WHILE, seconds=_WHILE_SECONDS)
LASTING: Final = (
    *(
        Fault(
            f"{name}-for-{_WHILE_SECONDS:g}s",
            Act.ERROR,
            ERRORS[name],
            Span.WHILE,
            _WHILE_SECONDS,
            writes_only=name in _REFUSE_WRITES,
        )
        for name in ("READONLY", "MISCONF", "OOM", "LOADING", "MASTERDOWN", "NOAUTH", "NOPERM", "BUSY", "CLUSTERDOWN")
    ),
    REFUSED,
    Fault("READONLY-old", Act.ERROR, ERRORS["READONLY"], Span.OLD_CONNECTIONS, writes_only=True),
    Fault("MASTERDOWN-old", Act.ERROR, ERRORS["MASTERDOWN"], Span.OLD_CONNECTIONS),
)
#: As long as it takes: in an outage, `/readyz` says so, and does not say "ready" for ever.
NOTICED: Final = (
    *(
        Fault(f"{name}-until-noticed", Act.ERROR, ERRORS[name], Span.NOTICED, writes_only=name in _REFUSE_WRITES)
        for name in ("READONLY", "MISCONF", "OOM", "LOADING", "MASTERDOWN", "NOAUTH", "NOPERM", "BUSY", "CLUSTERDOWN")
    ),
    Fault("refused-until-noticed", Act.CUT_BEFORE, span=Span.NOTICED),
)
_OF_ANY_SERVER: Final = frozenset({REFUSED.name, "refused-until-noticed"})
#: What RabbitMQ closes a connection or a channel with.
AMQP: Final = tuple(
    Fault(f"AMQP-{text.replace(' ', '-')}", Act.ERROR, text)
    for text in (
        "320 CONNECTION_FORCED",
        "403 ACCESS_REFUSED",
        "404 NOT_FOUND",
        "405 RESOURCE_LOCKED",
        "406 PRECONDITION_FAILED",
        "501 FRAME_ERROR",
        "530 NOT_ALLOWED",
        "541 INTERNAL_ERROR",
    )
)
ALL: Final = (*ONE_REPLY, *CONNECTION, *LASTING, *NOTICED, *AMQP)
