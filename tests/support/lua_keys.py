"""Reads from the Lua files which of them write and read each kind of key."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from lessonhook.ledger.transitions.assembly import lua
from tests.support.stored_format import LUA

_WRITING: Final = frozenset(
    {
        *("DEL", "HDEL", "HINCRBY", "HSET", "LPUSH", "LSET", "LTRIM", "RPUSH"),
        *("SADD", "SET", "SETBIT", "SREM", "ZADD", "ZREM", "ZREMRANGEBYSCORE"),
    }
)
#: They change or read no more than a lifetime.
_OF_LIFETIMES: Final = frozenset({"PERSIST", "PEXPIRE", "PTTL"})
#: Functions of ours whose second argument is a kind of collection.
_WRITERS: Final = ("move_times", "remove_old", "zadd", "zrem")
_READERS: Final = ("earliest_due", "expire_old", "first_event", "head", "is_waiting", "next_retry", "overdue", "size")
_KINDS: Final = re.compile(r"'([a-z][\w-]*)'")
_ARGUMENT: Final = r"((?:[^(),]|\([^)]*\))*)"
_HELPER: Final = re.compile(rf"\b({'|'.join((*_WRITERS, *_READERS))})\(lane, {_ARGUMENT}")
_COMMAND: Final = re.compile(rf"\bcall\(\s*'([A-Z]+)',\s*{_ARGUMENT}(?:,\s*(event_key\(lane, '[\w-]+'))?")
_NAMED: Final = re.compile(r"\blocal (\w+) = ((?:key_of|event_key|order_key)\([^\n]*|(?:lane\.)?base \.\. '[^\n]*)")
_BOTH_NAMED: Final = re.compile(r"\blocal (\w+), (\w+) = (lane\.base \.\. '[\w-]+'), (lane\.base \.\. '[\w-]+')")
_LISTED: Final = re.compile(r"\bfor _, (\w+) in ipairs\(([^\n]*)\) do")


class KeyUse(NamedTuple):
    """The Lua files, each by its name, that use one kind of key."""

    written_by: set[str]
    read_by: set[str]


def key_uses() -> dict[str, KeyUse]:
    """Return the use of each kind of key that a Lua file names."""
    uses: dict[str, KeyUse] = defaultdict(lambda: KeyUse(set(), set()))
    for path in LUA.glob("*.lua"):
        for is_write, kinds in _calls(re.sub(r"^ *--.*\n", "", lua(path.stem), flags=re.MULTILINE)):
            for kind in kinds:
                (uses[kind].written_by if is_write else uses[kind].read_by).add(path.name)
    return dict(uses)


def _calls(script: str) -> Iterator[tuple[bool, set[str]]]:
    """Yield for each call whether it writes, and the kinds of its keys."""
    names = _names(script)
    for match in _HELPER.finditer(script):
        yield match[1] in _WRITERS, _kinds(match[2], names, match.start())
    for match in _COMMAND.finditer(script):
        if match[1] not in _OF_LIFETIMES:
            kinds = _kinds(match[2], names, match.start()) | _kinds(match[3] or "", names, match.start())
            yield match[1] in _WRITING, kinds


def _names(script: str) -> list[tuple[int, str, set[str]]]:
    """Return where each variable gets a key or a kind, and the kinds that it may be of, in order."""
    found = []
    for pattern, pairs in ((_NAMED, [(1, 2)]), (_LISTED, [(1, 2)]), (_BOTH_NAMED, [(1, 3), (2, 4)])):
        for match in pattern.finditer(script):
            found += [(match.start(), match[name], _kinds(match[value], [], 0)) for name, value in pairs]
    return sorted(found)


def _kinds(expression: str, names: list[tuple[int, str, set[str]]], at: int) -> set[str]:
    if "order_key(" in expression:
        return {"order"}
    in_shard = re.match(r"(?:lane\.)?base \.\. '([\w-]+)", expression)
    if in_shard:
        return {in_shard[1]}
    # What an inner call is given is no kind, but for the two that make a key.
    text = re.sub(r"\b(?!key_of|event_key|ipairs)\w+\([^)]*\)", "", expression)
    if kinds := set(_KINDS.findall(text)):
        return kinds
    variable = re.search(r"(?:key_of|event_key)\(lane, (\w+)|^(\w+)$", expression.strip())
    if variable is None:
        return set()
    name = variable[1] or variable[2]
    known = [kinds for place, each, kinds in names if each == name and place < at]
    return known[-1] if known else set()
