"""Reads from the code what the ledger stores: the kinds of its keys and the fields of its hashes."""

import json
import re
from collections.abc import Iterator
from typing import Final

from lessonhook.ledger import Kind, Outcome, Reason
from lessonhook.ledger.transitions.assembly import RULES, lua
from lessonhook.ledger.transitions.attempt_log import attempt_line
from tests.support.rooms import ROOMS, ROOT

LUA: Final = ROOT / "ledger" / "lessonhook" / "ledger" / "lua"
TRANSITIONS: Final = sorted(path.stem for path in LUA.glob("*.lua") if path.stem not in RULES)

#: The page that has all of it.
KEYS: Final = ROOT / "docs" / "internals" / "keys.md"

_STRING: Final = re.compile(r"'([\w-]+)'")
#: Calls that name a collection: `zadd(lane, is_exhausted(...) and 'exhausted' or 'held', ...)`.
_COLLECTION: Final = re.compile(r"\b(?:key_of|zadd|zrem|size|head|first_event|overdue)\(lane, ((?:[^(),]|\([^)]*\))*)")
_LOOP: Final = re.compile(r"for _, kind in ipairs\(\{([^}]*)\}\)")
_OF_EVENT: Final = re.compile(r"event_key\(lane, '([\w-]+)'")
_OF_SHARD: Final = re.compile(r"base \.\. '([\w-]+)(:?)'")
_IN_PYTHON: Final = re.compile(r'\bkey\("([\w-]+)"')
_OF_SHARD_IN_PYTHON: Final = re.compile(r'f"\{base(?:_of\(shard\))?\}([\w-]+)"')
_GLOBAL: Final = re.compile(r'= "(lessonhook:[\w-]+)"')
_FIELD: Final = re.compile(r"(\w+) = (?:\d+|'')")


def _python() -> Iterator[str]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.read_text(encoding="utf-8")


def _lua() -> Iterator[str]:
    return (lua(name) for name in [*RULES, *TRANSITIONS])


def key_kinds() -> set[str]:
    """Return every kind of key that is named in the ledger's scripts, or in the Python of a room."""
    found: set[str] = set()
    for text in _lua():
        for match in (*_COLLECTION.finditer(text), *_LOOP.finditer(text)):
            found |= set(_STRING.findall(match[1]))
        found |= set(_OF_EVENT.findall(text)) | {kind for kind, _ in _OF_SHARD.findall(text)}
    for text in _python():
        found |= set(_IN_PYTHON.findall(text)) | set(_OF_SHARD_IN_PYTHON.findall(text)) | set(_GLOBAL.findall(text))
    return found


def _defaults(rules: str, table: str) -> set[str]:
    body = lua(rules).split(f"local {table} = {{")[1].split("\n}\n")[0]
    return set(_FIELD.findall(body))


def lane_fields() -> set[str]:
    """Return the fields of a lane's hash."""
    return _defaults("lane", "LANE_DEFAULTS")


def event_fields() -> set[str]:
    """Return the fields of an event's hash."""
    return _defaults("event", "EVENT_DEFAULTS")


def subscription_fields() -> set[str]:
    """Return the fields of a subscription's hash: those that `subscribe` names, those of a lane, the token."""
    written = lua("subscribe").split("'HSET', key,")[1].split(")")[0]
    read = lua("lane").split("call('HMGET', base .. 'subscription:' .. subscriber,")[1].split(")")[0]
    token = {"pull_token_digest"} if "'HSET', key, 'pull_token_digest'" in lua("pull_token") else set()
    # `name .. '_set_at'`, for each credential that has a date.
    endings = re.findall(r"name \.\. '(_\w+)'", lua("subscribe"))
    credentials = ("authorization", "signing_secret", "client_certificate")
    dates = {f"{name}{ending}" for name in credentials for ending in endings}
    return set(_STRING.findall(written + read)) | token | dates


def day_fields() -> set[str]:
    """Return the counts of a day: those that the rules name, and the final states of events."""
    states = {state for state in lua("event").split("local FINAL = {")[1].split("}")[0].split() if state.isalpha()}
    counted = re.compile(r"\bcount\(lane, ([^)]*)\)")
    named = {name for text in _lua() for match in counted.finditer(text) for name in _STRING.findall(match[1])}
    return (named - {"accepted"}) | (states - {"true"})


def attempt_facts() -> set[str]:
    """Return what is logged of an attempt that has every fact."""
    outcome = Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200, unconfirmed="no field ok")
    return set(json.loads(attempt_line(outcome, "worker@one")))


def act_fields() -> set[str]:
    """Return what the audit keeps of an act."""
    return set(re.findall(r"\b(\w+) = ", lua("audit").split("local entry = {")[1].split("}")[0]))


def stored_format() -> dict[str, list[str]]:
    """Return all of it, for a golden dump."""
    found = {
        "key": key_kinds(),
        "lane": lane_fields(),
        "event": event_fields(),
        "subscription": subscription_fields(),
        "day": day_fields(),
        "attempt": attempt_facts(),
        "act": act_fields(),
    }
    return {what: sorted(names) for what, names in found.items()}


def rows_under(heading: str) -> list[list[str]]:
    """Return the cells of each row of the tables under a heading of `keys.md` whose first cell is in backticks."""
    section = KEYS.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^`]+` \|.*)\|$", section, re.MULTILINE)
    return [[cell.strip() for cell in row.split(" |")] for row in rows]


def documented(heading: str) -> set[str]:
    """Return those first cells, without the backticks."""
    return {row[0].strip("`") for row in rows_under(heading)}
