"""Puts the transitions together for Redis: the policy's numbers, the lane's rules, and what is each one's own.

All of them are functions of one library, whose rules Redis makes once, when the library is loaded. For a server without
functions each is a script as well. A script gets no rule that it does not use, because Redis makes every function of a
script anew at each call.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from lessonhook.ledger.transitions.policy import Policy

#: The files of rules. A function may use those that stand above it, in its file or in a file before it.
RULES: Final = ("fields", "lane", "event", "clock", "order", "pump", "fresh", "together", "reply", "attempt", "audit")
#: The transitions, each with a file of its own.
TRANSITIONS: Final = (
    "admit", "backfill", "certificates", "drop", "erase", "fetch", "notable", "note", "pause", "pull_token",
    "record", "record_many", "replayed", "resume", "settle", "status", "subscribe", "survey", "sweep", "unpublished",
    "unsubscribe",
)  # fmt: skip
#: The beginning of the name of every library; a digest of its text follows.
LIBRARY_PREFIX: Final = "lessonhook_"
_DIGEST_BYTES: Final = 8
#: Redis refuses a new event when its memory is full, before anything is written. All else goes on, so that what was
#: accepted is delivered. Redis also holds those that write nothing to it.
_FLAGS: Final = {
    **dict.fromkeys(("record", "record_many", "subscribe"), ""),
    **dict.fromkeys(("certificates", "notable", "status", "survey"), "no-writes"),
}
_OTHERS_FLAGS: Final = "allow-oom"
#: Stands in a library's text for its name, which depends on the text.
_NAME_OF_LIBRARY: Final = "LIBRARY"
#: While a library is loaded, there is no `redis.call`, no key and no argument. Each call sets them again.
_SET_BY_EACH_CALL: Final = "local KEYS, ARGV, call"
_FUNCTION: Final = """\
redis.register_function{{ function_name = '{library}_{transition}', flags = {{ {flags} }}, callback = function(k, a)
KEYS, ARGV, call = k, a, redis.call
{own}
end }}"""
#: A number of the policy: written into the script, so that Redis need not look it up.
_POLICY: Final = re.compile(r"\bPOLICY\.(\w+)")
_COMMENT: Final = re.compile(r"^\s*--.*\n", re.MULTILINE)
_STRING: Final = re.compile(r"'[^'\n]*'")
#: A name that stands alone: `size`, but not the `size` of `lane.size`.
_NAME: Final = re.compile(r"(?<![\w.:])[A-Za-z_]\w*")
#: A rule begins at the left margin and ends before the next one.
_RULE: Final = re.compile(r"^local (?:function )?(?P<name>\w+).*?(?=^local |\Z)", re.MULTILINE | re.DOTALL)


class _Rule(NamedTuple):
    """A function or constant of the rules, and the names that it uses, its own included."""

    name: str
    text: str
    uses: frozenset[str]


@cache
def lua(name: str) -> str:
    """Return the text of a file of `ledger/lua`, without its ending."""
    return files("lessonhook.ledger").joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")


@cache
def _code(name: str) -> str:
    """Return the same without its comments, which no Redis need keep."""
    return _COMMENT.sub("", lua(name))


def _names_in(text: str) -> frozenset[str]:
    return frozenset(_NAME.findall(_STRING.sub("''", text)))


@cache
def _rules() -> tuple[_Rule, ...]:
    """Return every rule in the order of the files."""
    found = (match for name in RULES for match in _RULE.finditer(_code(name)))
    return tuple(_Rule(match["name"], match[0].strip(), _names_in(match[0])) for match in found)


def _used_by(text: str) -> Iterator[_Rule]:
    """Yield the rules that a script uses, directly or through another rule, the last one first."""
    needed = _names_in(text)
    for rule in reversed(_rules()):
        if rule.name in needed:
            needed |= rule.uses
            yield rule


def _with_numbers(text: str, policy: "Policy") -> str:
    return _POLICY.sub(lambda named: str(getattr(policy, named[1])), text)


def source(transition: str, policy: "Policy") -> str:
    """Return a transition's script, as a server without functions gets it."""
    flags = _FLAGS.get(transition, _OTHERS_FLAGS)
    own = _code(transition)
    rules = reversed([rule.text for rule in _used_by(own)])
    return _with_numbers("\n".join([f"#!lua flags={flags}" if flags else "#!lua", *rules, own]), policy)


class Library(NamedTuple):
    """All transitions of one policy as Redis gets them. Another policy and another release have another name."""

    name: str
    text: str

    def function(self, transition: str) -> str:
        """Return the name by which Redis calls a transition."""
        return f"{self.name}_{transition}"


@cache
def library(policy: "Policy") -> Library:
    """Return the library of a policy."""
    used = [rule.text for rule in _rules() if rule.name != "call"]
    functions = [
        _FUNCTION.format(
            library=_NAME_OF_LIBRARY,
            transition=transition,
            flags=f"'{flags}'" if (flags := _FLAGS.get(transition, _OTHERS_FLAGS)) else "",
            own=_code(transition).strip(),
        )
        for transition in TRANSITIONS
    ]
    text = _with_numbers("\n".join([_SET_BY_EACH_CALL, *used, *functions]), policy)
    name = LIBRARY_PREFIX + hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()
    return Library(name, f"#!lua name={name}\n{text.replace(_NAME_OF_LIBRARY, name)}\n")
