"""Where a fault strikes: the k-th command of one kind that passes one door while a scenario runs.

Commands of one kind are counted, and not all commands: the sweep and the heartbeat go on beside a scenario, so that
the k-th command of all would be another one in each run.
"""

import hashlib
from dataclasses import dataclass
from functools import cache

from lessonhook.ledger import Policy
from lessonhook.ledger.transitions.assembly import TRANSITIONS, library, source

#: Commands that are told apart by their second word.
_TWO_WORDS = frozenset({b"CLIENT", b"SCRIPT", b"FUNCTION", b"CONFIG", b"CLUSTER", b"SENTINEL"})
#: Those that a server which refuses writes still executes.
# fmt: off
READS = frozenset(
    {
        "PING", "INFO", "GET", "HGET", "HGETALL", "HMGET", "LLEN", "LINDEX", "LRANGE", "SMEMBERS", "SCARD",
        "ZRANGE", "ZCARD", "ZSCORE", "EXISTS", "TIME", "HELLO", "AUTH", "SELECT", "CLIENT-SETINFO",
        "CLIENT-SETNAME", "CLIENT-MAINT_NOTIFICATIONS", "SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE",
        "PUNSUBSCRIBE", "COMMAND", "CONFIG-GET", "CLUSTER-SLOTS", "CLUSTER-SHARDS", "MULTI", "WATCH",
        "UNWATCH", "SCRIPT-LOAD", "DBSIZE", "SCAN", "SSCAN", "TYPE", "TTL", "PTTL", "DISCARD", "HLEN",
    }
)
# fmt: on


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """`worker.broker BRPOP 1`: the first BRPOP that passes that door."""

    door: str
    command: str
    number: int

    def __str__(self) -> str:
        return f"{self.door} {self.command} {self.number}"


#: Of a run without a fault.
NOWHERE = Site("none", "none", 0)


@cache
def script_names(policy: Policy) -> dict[bytes, str]:
    """Name the transitions of a policy by what FCALL and EVALSHA call them."""
    named = {}
    for transition in TRANSITIONS:
        digest = hashlib.sha1(source(transition, policy).encode(), usedforsecurity=False).hexdigest()
        named[digest.encode()] = named[library(policy).function(transition).encode()] = transition
    return named


def command_name(words: list[bytes], scripts: dict[bytes, str]) -> str:
    """Name a command: `BRPOP`, `CLIENT-SETINFO`, `FCALL:settle`."""
    first = words[0].upper()
    if first in {b"FCALL", b"EVALSHA"} and len(words) > 1:
        return f"{first.decode()}:{scripts.get(words[1], 'other')}"
    if first in _TWO_WORDS and len(words) > 1:
        return f"{first.decode()}-{words[1].upper().decode()}"
    return first.decode(errors="replace")
