"""What a subscription's own TLS is made of: whom it trusts, and which certificate it presents."""

from dataclasses import dataclass, field
from typing import Final, Self

from lessonhook.ledger.subscriptions import Subscription


@dataclass(frozen=True, slots=True)
class TlsIdentity:
    """Connections are shared, kept and made by it: two subscriptions with different ones never share a connection.

    It is compared by the texts themselves, and a text that was compared once is hashed no more.
    """

    #: PEM of the trusted authorities; None: the well-known ones.
    ca_bundle: str | None = field(default=None, repr=False)
    #: PEM of the chain and its key; None: none is presented.
    client_certificate: str | None = field(default=None, repr=False)
    #: When that one ends, in seconds since 1970, for the text of a failure.
    ends: int | None = field(default=None, compare=False)

    @classmethod
    def of(cls, subscription: Subscription) -> Self:
        """Return a subscription's."""
        certificate = subscription.client_certificate
        return cls(
            ca_bundle=subscription.ca_bundle,
            client_certificate=certificate.get_secret_value() if certificate else None,
            ends=subscription.client_certificate_ends,
        )


#: Of all subscriptions that have nothing of their own.
COMMON: Final = TlsIdentity()
