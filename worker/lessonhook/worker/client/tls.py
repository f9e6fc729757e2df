"""Which certificates hold: the well-known authorities', and those that the operator's machine trusts."""

import ssl

import certifi


def make_context() -> ssl.SSLContext:
    """Make the one context that all connections share, TLS 1.2 or newer, names verified.

    Trusts certifi's authorities, as requests does, and what OpenSSL is told to trust: the system's store, or a
    company's own authority by `SSL_CERT_FILE` or `SSL_CERT_DIR`.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    return context
