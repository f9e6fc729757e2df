"""The trusted authorities: the well-known ones, and those that the operator's machine trusts."""

import ssl
from typing import Final

import certifi

#: How the names of the ciphers begin whose key exchange is Diffie-Hellman over a prime that the server sends.
_OVER_A_PRIME: Final = "DHE-"


def make_context() -> ssl.SSLContext:
    """Return a context that all connections share, with TLS 1.2 or newer and verified names.

    It trusts certifi's authorities, as requests does, and those that OpenSSL is configured with: the system's store, or
    a company's own authority by `SSL_CERT_FILE` or `SSL_CERT_DIR`.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    return context


def make_context_trusting(ca_bundle: str) -> ssl.SSLContext:
    """Return a context that trusts the certificates of a bundle in PEM and no others. Raise ssl.SSLError if it is none.

    Each of them is trusted for itself: an intermediate one without the root above it is enough.
    """
    context = ssl.create_default_context(cadata=ca_bundle)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # Python sets it since 3.13. Private authorities often lack an extension that it asks for, and are trusted by name.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.set_alpn_protocols(["http/1.1"])
    return context


def refuse_costly_exchange(context: ssl.SSLContext) -> None:
    """Take the key exchange out that an endpoint can make as costly as it likes.

    With TLS 1.2 and DHE the server chooses the prime. One of 10,000 bits, the most that OpenSSL takes, costs 0.86 s of
    the loop for each handshake, and 8,192 bits 0.24 s (measured). ECDHE and all of TLS 1.3 have groups of fixed sizes.
    """
    names = [each["name"] for each in context.get_ciphers()]
    # Those of TLS 1.3 are no part of this list, and stay.
    kept = [name for name in names if not name.startswith((_OVER_A_PRIME, "TLS_"))]
    context.set_ciphers(":".join(kept))
