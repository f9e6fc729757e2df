"""Whether POSTs to private addresses are blocked, and whether stored data are encrypted."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final

from redis.exceptions import RedisError

from lessonhook.console.doctor.finding import Finding, fail, ok, warn
from lessonhook.desk.words import count
from lessonhook.ledger import Reason, Subscription
from lessonhook.worker.client import Client, Post

if TYPE_CHECKING:
    from lessonhook.config import Settings
    from lessonhook.ledger import Ledger

#: A cloud's metadata service, which has the machine's credentials. No callback URL may reach it.
_METADATA: Final = IPv4Address("169.254.169.254")
#: Plenty, because the POST is blocked before anything is sent.
_DEADLINE_SECONDS: Final = 2.0
#: Bodies whose seal is looked at. The oldest ones may be among the others, so `reseal` looks at all of them.
_BODIES_LOOKED_AT: Final = 10_000
_CURE: Final = "take the network out of LESSONHOOK_ALLOWED_PRIVATE_NETWORKS, or name a smaller one"


def check_guard(settings: "Settings") -> Iterator[Finding]:
    """Try, with the real client, a POST that must be blocked before a connection is opened."""
    subscription = Subscription(subscriber="doctor", callback_url=f"http://{_METADATA}/latest/meta-data/")
    networks = ", ".join(str(network) for network in settings.allowed_private_networks)
    if any(_METADATA in network for network in settings.allowed_private_networks):
        # Not tried, because the POST would really be sent.
        yield fail("guard", f"{networks} lets callback URLs reach the metadata service", _CURE)
        return
    with Client(settings) as client:
        outcome = client.post(
            Post(event_id="test-doctor", subscription=subscription, body=b"{}", deadline_seconds=_DEADLINE_SECONDS)
        )
    if outcome.reason is not Reason.BLOCKED:
        yield fail("guard", f"a POST to the metadata service was not blocked ({outcome.reason})", _CURE)
    elif networks:
        yield warn("guard", f"blocks private addresses, but for {networks}", "make sure that this is intended")
    else:
        yield ok("guard", "blocks every private address")


def check_encryption(settings: "Settings", ledger: "Ledger") -> Iterator[Finding]:
    """Yield whether bodies and credentials are encrypted in Redis, and with the first key."""
    if not ledger.vault.sealing:
        yield warn(
            "encryption",
            "off: everybody who can read Redis, its disk or its backups can read learners' data and tokens",
            "set LESSONHOOK_ENCRYPTION_KEYS",
        )
        return
    try:
        subscriptions = len(ledger.resealing.due())
        bodies = sum(1 for _ in ledger.resealing.bodies_due(look_at=_BODIES_LOOKED_AT))
    except RedisError:
        # The first check has reported it.
        subscriptions = bodies = 0
    if subscriptions or bodies:
        due = f"{count(subscriptions, 'subscription')} and {count(bodies, 'body', 'bodies')}"
        yield warn(
            "encryption",
            f"{due} not sealed with the first key, but with a former one, in an older form or not at all",
            "run `lessonhook reseal` before a key is taken away",
        )
    elif settings.accept_plain_values:
        yield warn(
            "encryption",
            "everything is sealed, but plain text would be read",
            "take LESSONHOOK_ACCEPT_PLAIN_VALUES away: who writes to Redis could have anything sent",
        )
    else:
        yield ok("encryption", "bodies and credentials are sealed in Redis")
