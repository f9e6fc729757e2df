"""No key stays for ever by accident: finds keys without a lifetime, and names those that have none on purpose."""

import re
from collections.abc import Iterator
from typing import Final

import redis

_SHARD: Final = r"lessonhook:\{\d+\}:"

#: Keys that live until somebody removes them, each with its reason.
ETERNAL: Final = {
    rf"{_SHARD}subscription:[^/]+": "what a company set up stays until it is removed",
    rf"{_SHARD}subscribers": "the list of those subscriptions",
    r"lessonhook:ledger": "the mark of a ledger that has had a subscription",
    r"lessonhook:broker:(completions|retries)": "a queue of Celery's; a list is gone when its last message is taken",
    r"lessonhook:broker:unacked(_index)?": "what workers hold; gone with the last acknowledgement",
    r"lessonhook:broker:_kombu\.binding\.(completions|retries)": "which queue an exchange feeds, one member a queue",
    r"lessonhook:broker:_kombu\.binding\.(celery\.pidbox|reply\.celery\.pidbox|celeryev)": (
        "who listens to remote control and events; kombu removes overdue ones itself by the deadlines below"
    ),
    r"lessonhook:broker:_kombu\.binding_permanent\.[\w.]+": "which of those bindings have no deadline",
    r"lessonhook:broker:_kombu\.binding_deadlines": "when kombu removes the bindings of workers that went away",
}
_ETERNAL: Final = re.compile("|".join(f"(?:{pattern})" for pattern in ETERNAL))
#: A lane under an operator's pause stands still until the operator lifts it, however long that takes.
_LANE: Final = re.compile(rf"{_SHARD}lane:.+")
_NO_LIFETIME: Final = -1


def keys_without_lifetime(client: redis.Redis) -> Iterator[str]:
    """Yield each key of the client's database that should have a lifetime and has none."""
    keys = list(client.scan_iter(count=1_000))
    with client.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.pttl(key)
        lifetimes = pipe.execute()
    for key, lifetime in zip(keys, lifetimes, strict=True):
        name = key.decode(errors="replace")
        if lifetime == _NO_LIFETIME and not _ETERNAL.fullmatch(name) and not _paused_by_operator(client, name):
            yield name


def _paused_by_operator(client: redis.Redis, name: str) -> bool:
    return bool(_LANE.fullmatch(name)) and client.hget(name, "paused_operator_at") not in {None, b"", b"0"}
