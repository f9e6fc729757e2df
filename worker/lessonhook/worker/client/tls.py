"""The trusted authorities: the well-known ones, and those that the operator's machine trusts."""

import ssl

import certifi


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
