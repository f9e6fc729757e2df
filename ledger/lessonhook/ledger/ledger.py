"""The ledger as the other rooms use it: one object that has the transitions and everything that reads them.

Changes are its own methods, `ledger.record("acme", ...)`. Reads go by an attribute, `ledger.events.get("acme", id)`.
"""

from typing import TYPE_CHECKING, Any, Self

from lessonhook.ledger.redis.connection import connect
from lessonhook.ledger.redis.mark import Mark
from lessonhook.ledger.redis.vault import Vault
from lessonhook.ledger.redis.version import is_new_enough, version_of
from lessonhook.ledger.subscriptions.store import SubscriptionStore
from lessonhook.ledger.transitions.loop_transitions import LoopTransitions
from lessonhook.ledger.transitions.policy import Policy
from lessonhook.ledger.transitions.scripts import Scripts
from lessonhook.ledger.transitions.transitions import Transitions
from lessonhook.ledger.upkeep.activity import ActivityLog
from lessonhook.ledger.upkeep.attention import Attention
from lessonhook.ledger.upkeep.erasure import Erasure
from lessonhook.ledger.upkeep.errands import Errands
from lessonhook.ledger.upkeep.heartbeats import Heartbeats
from lessonhook.ledger.upkeep.libraries import Libraries
from lessonhook.ledger.upkeep.monthly_statements import MonthlyStatements
from lessonhook.ledger.upkeep.page_links import PageLinks
from lessonhook.ledger.upkeep.resealing import Resealing
from lessonhook.ledger.upkeep.sealing_keys import SealingKeys
from lessonhook.ledger.upkeep.silences import Silences
from lessonhook.ledger.upkeep.tries import Tries
from lessonhook.ledger.views.audit import Audit
from lessonhook.ledger.views.events import Events
from lessonhook.ledger.views.history import History
from lessonhook.ledger.views.lanes import Lanes
from lessonhook.ledger.views.rhythms import Rhythms

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.config import Settings
    from lessonhook.ledger.subscriptions import Network


class Ledger(Transitions):
    """What Redis remembers of subscriptions, lanes and events.

    The transitions keep `kept_connections` connections open for themselves, see `KeptConnections`. A callback URL may
    have a private address in one of `allowed_networks`.
    Every call may raise `redis.exceptions.RedisError`. A script ran either whole or not at all.
    """

    def __init__(
        self,
        redis: "Redis",
        policy: "Policy",
        vault: Vault | None = None,
        *,
        kept_connections: int = 0,
        allowed_networks: "tuple[Network, ...]" = (),
    ) -> None:
        self.redis = redis
        self.policy = policy
        self.vault = vault or Vault()
        self._scripts = Scripts(redis, policy, kept_connections=kept_connections)
        super().__init__(self._scripts, self.vault)
        self.subscriptions = SubscriptionStore(
            redis, self.vault, self, self._scripts, allowed_networks=allowed_networks
        )
        self.lanes = Lanes(redis, self._scripts)
        self.events = Events(redis, self.vault, self.lanes)
        self.history = History(redis, self.events, self.lanes.now)
        self.rhythms = Rhythms(redis)
        self.silences = Silences(redis)
        self.monthly_statements = MonthlyStatements(redis)
        self.audit = Audit(redis)
        self.resealing = Resealing(redis, self.vault, self.subscriptions)
        self.mark = Mark(redis)
        self.sealing_keys = SealingKeys(redis, self.vault)
        self.heartbeats = Heartbeats(redis)
        self.libraries = Libraries(redis, self._scripts)
        self.attention = Attention(redis)
        self.errands = Errands(redis, self.vault)
        self.tries = Tries(redis, self.vault)
        self.page_links = PageLinks(redis)
        self.activity = ActivityLog(redis, policy)

    @classmethod
    def connect(
        cls,
        settings: "Settings",
        *,
        timeout_seconds: float,
        connect_timeout_seconds: float,
        connections: int,
        kept_connections: int = 0,
    ) -> Self:
        """Make the ledger of an installation, on a client of its own; see `connect` for the numbers."""
        redis = connect(
            settings.redis_url,
            timeout_seconds=timeout_seconds,
            connect_timeout_seconds=connect_timeout_seconds,
            connections=connections,
        )
        policy, vault = Policy.from_settings(settings), Vault.from_settings(settings)
        return cls(
            redis,
            policy,
            vault,
            kept_connections=kept_connections,
            allowed_networks=settings.allowed_private_networks,
        )

    def now_ms(self) -> int:
        """Return the ledger's clock, which is Redis' own, in milliseconds. May raise `RedisError`."""
        seconds, microseconds = self.redis.time()
        return int(seconds * 1000 + microseconds // 1000 + self.clock_ahead_ms)

    def too_old_a_server(self) -> str:
        """Return the version of a server that is too old, such as `Redis 6.2.14`; "" of any other.

        May raise `RedisError`, also for a user who may not run INFO.
        """
        info: Any = self.redis.info("server")
        # A Cluster's client may return one for each node.
        nodes = [info, *(each for each in info.values() if isinstance(each, dict))]
        return next((version_of(node) for node in nodes if "redis_version" in node and not is_new_enough(node)), "")

    @property
    def clock_ahead_ms(self) -> int:
        """How far the ledger's clock is ahead of Redis' own; above 0 only in tests, where time must pass."""
        return self._scripts.clock_ahead_ms

    @clock_ahead_ms.setter
    def clock_ahead_ms(self, milliseconds: int) -> None:
        self._scripts.clock_ahead_ms = milliseconds

    def on_loop(self, *, timeout_seconds: float) -> LoopTransitions:
        """Make the frequent transitions for the running event loop, on a connection of their own."""
        return LoopTransitions(self.redis, self._scripts, self.vault, timeout_seconds=timeout_seconds)

    def erasure(self, subscriber: str, learner: str) -> Erasure:
        """Prepare to erase one learner; `learner` is the id that the LMS gave with the completions, as text."""
        return Erasure(self.redis, self.events, self, subscriber=subscriber, learner=learner)
