"""Whether what subscriptions need to prove who we are is there: client certificates that hold, a provider of tokens."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lessonhook.console.doctor.finding import Finding, ok, warn
from lessonhook.desk import Certificates
from lessonhook.desk.words import count
from lessonhook.worker.client import InvalidProvider, load_provider

if TYPE_CHECKING:
    from lessonhook.config import Settings
    from lessonhook.ledger import Ledger

_RENEW: Final = "save a new one: `lessonhook subscriptions change SUBSCRIBER --client-certificate-file FILE`"


def check_subscriptions(ledger: "Ledger", settings: "Settings") -> Iterator[Finding]:
    """Yield which client certificates end within 30 days, and whether tokens can be provided where some are needed.

    Subscriptions that cannot be opened are left out, because the check of the keys reports them.
    """
    ends: dict[str, int] = {}
    tokens = 0
    for subscription in ledger.subscriptions.readable():
        tokens += subscription.authorization_from_provider
        if subscription.client_certificate_ends is not None:
            ends[subscription.subscriber] = subscription.client_certificate_ends
    yield _certificates(Certificates.of(ends))
    if tokens or settings.authorization_provider:
        yield _provider(tokens, settings.authorization_provider)


def _certificates(certificates: Certificates) -> Finding:
    if certificates.ending:
        return warn("certificates", certificates.words, _RENEW)
    return ok("certificates", f"{count(certificates.total, 'client certificate')}, none ends within 30 days")


def _provider(subscriptions: int, name: str | None) -> Finding:
    needing = f"{count(subscriptions, 'subscription')} with authorization_from_provider"
    if name is None:
        cure = "set it for every worker; until then their completions wait, and no attempt is spent"
        return warn("tokens", f"{needing}, and LESSONHOOK_AUTHORIZATION_PROVIDER is not set here", cure)
    try:
        load_provider(name)
    except InvalidProvider as error:
        return warn("tokens", f"{needing}; {error}", "a worker with this setting does not start")
    return ok("tokens", f"{needing}, provided by {name}")
