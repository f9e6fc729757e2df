"""Whether the two guards stand: no POST goes to where it should not, and what is stored can't be read by others."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final

from redis.exceptions import RedisError

from lessonhook.console.doctor.finding import Finding, fail, ok, warn
from lessonhook.console.wording import count
from lessonhook.ledger import Reason, Resealing, Subscription
from lessonhook.worker.client import Client, Post

if TYPE_CHECKING:
    from lessonhook.config import Settings
    from lessonhook.ledger import Ledger

#: Where a cloud's machines find their credentials: the address that a stranger's callback URL must never reach.
_METADATA: Final = IPv4Address("169.254.169.254")
#: Refused before anything is sent, so this is plenty.
_DEADLINE_SECONDS: Final = 2.0
_CURE: Final = "take the network out of LESSONHOOK_ALLOWED_PRIVATE_NETWORKS, or name a smaller one"


def check_guard(settings: "Settings") -> Iterator[Finding]:
    """Try, with the real client, a POST that must be blocked before a connection is opened."""
    subscription = Subscription(subscriber="doctor", callback_url=f"http://{_METADATA}/latest/meta-data/")
    networks = ", ".join(str(network) for network in settings.allowed_private_networks)
    if any(_METADATA in network for network in settings.allowed_private_networks):
        # Not tried: the POST would really go there.
        yield fail("guard", f"{networks} lets callback URLs reach the metadata service", _CURE)
        return
    with Client(settings) as client:
        outcome = client.post(
            Post(event_id="test-doctor", subscription=subscription, body=b"{}", deadline_seconds=_DEADLINE_SECONDS)
        )
    if outcome.reason is not Reason.BLOCKED:
        yield fail("guard", f"a POST to the metadata service was not blocked ({outcome.reason})", _CURE)
    elif networks:
        yield warn("guard", f"blocks private addresses, but for {networks}", "make sure that you mean those")
    else:
        yield ok("guard", "blocks every private address")


def check_encryption(ledger: "Ledger") -> Iterator[Finding]:
    """Tell whether bodies and credentials are encrypted in Redis, and with the key that is meant."""
    if not ledger.vault.sealing:
        yield warn(
            "encryption",
            "off: whoever reads Redis, its disk or its backups reads learners' data and tokens",
            "set LESSONHOOK_ENCRYPTION_KEYS",
        )
        return
    try:
        due = len(Resealing(ledger).due())
    except RedisError:
        # Said by the first check.
        due = 0
    if due:
        yield warn(
            "encryption",
            f"{count(due, 'subscription')} not sealed with the first key, but with a former one or not at all",
            "run `lessonhook subscriptions reseal` before a key is taken away",
        )
    else:
        yield ok("encryption", "bodies and credentials are sealed in Redis")
