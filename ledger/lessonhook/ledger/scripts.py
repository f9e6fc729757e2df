"""The transitions as Redis sees them: one Lua script each, atomic, made of the lane's rules and its own few lines."""

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from lessonhook.ledger.kept_connections import KeptConnections

if TYPE_CHECKING:
    from redis.commands.core import Script

    from lessonhook.ledger.policy import Policy

#: Each of these builds on those before it; a transition comes last.
_RULES: Final = ("lane", "event", "order", "pump", "answer")
#: What only those need that an attempt ends in: Redis reads all of a script anew each time that it is called.
_ATTEMPT: Final = "attempt"
_ENDS_AN_ATTEMPT: Final = frozenset({"settle", "sweep", "replayed"})
#: A number of the policy: written into the script, so that Redis need not look it up.
_POLICY: Final = re.compile(r"\bPOLICY\.(\w+)")
#: Redis refuses a new event when its memory is full, before anything is written; what was accepted goes on.
_REFUSED_WHEN_FULL: Final = frozenset({"record", "subscribe"})


@cache
def _read(name: str) -> str:
    return files("lessonhook.ledger").joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")


def source(transition: str, policy: "Policy") -> str:
    """Put a transition's script together: its flags, the policy's numbers, the lane's rules, and what is its own."""
    flags = "" if transition in _REFUSED_WHEN_FULL else " flags=allow-oom"
    rules = (*_RULES, _ATTEMPT) if transition in _ENDS_AN_ATTEMPT else _RULES
    parts = [f"#!lua{flags}", *(_read(rule) for rule in rules), _read(transition)]
    return _POLICY.sub(lambda named: str(getattr(policy, named[1])), "\n".join(parts))


class Scripts:
    """The transitions of one policy, loaded into Redis when they are first called.

    As many connections as `kept_connections` says are kept for them, see `KeptConnections`; not those of a Cluster.
    """

    def __init__(self, redis: Redis, policy: "Policy", *, kept_connections: int = 0) -> None:
        self._redis = redis
        self._policy = policy
        self._loaded: dict[str, Script] = {}
        self._kept = KeptConnections(redis, kept_connections)

    def call(self, transition: str, key: str, *arguments: str | bytes | float) -> Any:
        """Run a transition; `key` names its shard, so that Redis Cluster finds the node."""
        script = self._loaded.get(transition)
        if script is None:
            script = self._loaded[transition] = self._redis.register_script(source(transition, self._policy))
        connection = self._kept.borrow()
        if connection is None:
            return script(keys=[key], args=arguments)
        try:
            connection.send_command("EVALSHA", script.sha, 1, key, *arguments)
            reply = connection.read_response()
        except RedisConnectionError:
            # A kept connection connects again to where it was, and its master may be another one by now: only a pool's
            # asks Sentinel.
            self._kept.drop(connection)
            return script(keys=[key], args=arguments)
        except ResponseError as error:
            self._kept.give_back(connection)
            if isinstance(error, NoScriptError):
                return script(keys=[key], args=arguments)
            raise
        except BaseException as error:
            # A timeout, or a signal's error in the middle of an answer: what is left of it must not be the next one.
            self._kept.drop(connection)
            if isinstance(error, RedisTimeoutError):
                self._kept.drop_idle()
            raise
        self._kept.give_back(connection)
        return reply
