"""Networks as people write them into a firewall."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network


def network_words(networks: Iterable[IPv4Network | IPv6Network]) -> tuple[str, ...]:
    """Return each network with its length, a single address without."""
    return tuple(str(each.network_address) if each.num_addresses == 1 else str(each) for each in networks)
