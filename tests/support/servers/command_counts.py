"""What a server was asked to do, counted by itself: counts and not seconds, the same on every machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import redis


@dataclass
class Asked:
    """What a server was asked, known when the counting is over."""

    #: Commands by name; those that scripts call count as well.
    commands: dict[str, int] = field(default_factory=dict)
    #: How often it read from a connection: once for a command that somebody waits for, once for a whole pipeline.
    round_trips: int = 0

    def count(self, *names: str) -> int:
        """Return how many of these commands there were."""
        return sum(self.commands.get(name, 0) for name in names)


@contextmanager
def counted(client: redis.Redis) -> Iterator[Asked]:
    """Count what a server is asked meanwhile, by anybody."""
    asked = Asked()
    client.config_resetstat()
    yield asked
    stats: Any = client.info("stats")
    # The question itself was read too.
    asked.round_trips = int(stats["total_reads_processed"]) - 1
    by_command: Any = client.info("commandstats")
    asked.commands = {name.removeprefix("cmdstat_"): int(facts["calls"]) for name, facts in by_command.items()}
