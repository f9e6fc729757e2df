"""Decides which addresses may be posted to: the public internet, and the private networks that the operator names.

Strangers write callback URLs, and in the worker's network many services trust every client that can connect. So each
address that is not plainly public is refused. The lists are IANA's registries of special-purpose addresses. They are
written out, because Python's own `is_private` and `is_global` changed between its releases.
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from lessonhook.ledger.errors import PrivateAddress
from lessonhook.ledger.subscriptions.callback_url import CallbackUrl

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL_IPV4: Final = tuple(
    (IPv4Network(network), name)
    for network, name in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),  # a metadata service of Alibaba Cloud among them, 100.100.100.200
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "metadata"),  # Azure's wire server: a public number, reachable from every machine there
        ("169.254.0.0/16", "link-local or metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),  # Oracle Cloud's metadata service among them, 192.0.0.192
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved or broadcast"),
    )
)
#: Contains all public addresses (RFC 4291). All others, assigned or not, are refused.
_GLOBAL_IPV6: Final = IPv6Network("2000::/3")
_SPECIAL_IPV6: Final = tuple(
    (IPv6Network(network), name)
    for network, name in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
        ("2001::/23", "Teredo or reserved"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
    )
)
#: IPv6 addresses that a gateway turns into the IPv4 address in their last 32 bits (RFC 4291 2.5.5.2, RFC 6052).
_CARRIES_IPV4: Final = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
_IPV4_BITS: Final = 0xFFFF_FFFF
#: Names that mean the same addresses everywhere, without a look-up: all below `localhost` (RFC 6761, section 6.3), and
#: the metadata service of a cloud's machines.
_LOCALHOST: Final = re.compile(r"(?:.+\.)?localhost|localhost\.localdomain", re.IGNORECASE)
_LOOPBACK: Final = ("127.0.0.1", "::1")
_METADATA_NAMES: Final = frozenset({"metadata.google.internal"})
_METADATA: Final = ("169.254.169.254",)


@lru_cache(maxsize=4096)
def why_blocked(text: str, allowed: tuple[Network, ...] = ()) -> str | None:
    """Return the kind of an address that is blocked, None for one that is not.

    Addresses in `allowed` are never blocked. Raises ValueError if `text` is no numeric address.
    """
    address: Address = ip_address(text.partition("%")[0])
    if any(address in network for network in allowed):
        return None
    if isinstance(address, IPv6Address):
        if any(address in network for network in _CARRIES_IPV4):
            return why_blocked(str(IPv4Address(int(address) & _IPV4_BITS)), allowed)
        special = next((name for network, name in _SPECIAL_IPV6 if address in network), None)
        return special or (None if address in _GLOBAL_IPV6 else "reserved")
    return next((name for network, name in _SPECIAL_IPV4 if address in network), None)


def why_literal_blocked(host: str, allowed: tuple[Network, ...] = ()) -> str | None:
    """Return the kind of the address that a host names without a look-up, if it is blocked; None for all other hosts.

    `host` is `CallbackUrl.host`: decimal, octal and hexadecimal addresses are decoded, and IPv6 has no brackets. A name
    that has to be looked up is checked with each connection, and not here.
    """
    name = host.rstrip(".").lower()
    if _LOCALHOST.fullmatch(name):
        # It is open with either of its addresses: which of them a machine uses is not known here.
        addresses: tuple[str, ...] = _LOOPBACK
    elif name in _METADATA_NAMES:
        addresses = _METADATA
    else:
        addresses = (name,)
    try:
        kinds = [why_blocked(address, allowed) for address in addresses]
    except ValueError:
        return None
    return kinds[0] if all(kinds) else None


def refuse_private_address(callback_url: str, allowed: tuple[Network, ...]) -> None:
    """Raise `PrivateAddress` if a URL names, without a look-up, an address that is blocked; "" is no URL."""
    if callback_url and (kind := why_literal_blocked(CallbackUrl.parse(callback_url).host, allowed)):
        raise PrivateAddress(kind)
