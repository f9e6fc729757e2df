"""Which addresses a stranger's URL may lead to."""

import re
from ipaddress import IPv6Address, ip_network

import pytest

from lessonhook.ledger import PrivateAddress
from lessonhook.ledger.subscriptions import CallbackUrl, refuse_private_address, why_blocked, why_literal_blocked

BLOCKED = [
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("10.0.0.1", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.1.1", "private"),
    ("100.64.0.1", "carrier-grade NAT"),
    ("100.100.100.200", "carrier-grade NAT"),
    ("169.254.169.254", "link-local or metadata"),
    ("169.254.170.2", "link-local or metadata"),
    ("168.63.129.16", "metadata"),
    ("192.0.0.192", "reserved"),
    ("192.0.2.1", "documentation"),
    ("198.51.100.1", "documentation"),
    ("203.0.113.1", "documentation"),
    ("198.19.0.1", "benchmarking"),
    ("192.88.99.1", "6to4 relay"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"),
    ("240.0.0.1", "reserved or broadcast"),
    ("255.255.255.255", "reserved or broadcast"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::127.0.0.1", "IPv4-compatible"),
    ("::8.8.8.8", "IPv4-compatible"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:10.0.0.1", "private"),
    ("::ffff:a9fe:a9fe", "link-local or metadata"),
    ("64:ff9b::127.0.0.1", "loopback"),
    ("64:ff9b::a9fe:a9fe", "link-local or metadata"),
    ("64:ff9b:1::8.8.8.8", "local NAT64"),
    ("::ffff:0:127.0.0.1", "reserved"),
    ("fc00::1", "private"),
    ("fd00:ec2::254", "private"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("2001:db8::1", "documentation"),
    ("3fff::1", "documentation"),
    ("2001::1", "Teredo or reserved"),
    ("2001:20::1", "Teredo or reserved"),
    ("2002:7f00:1::", "6to4"),
    ("100::1", "reserved"),
    ("5f00::1", "reserved"),
    ("4000::1", "reserved"),
]


@pytest.mark.parametrize(("address", "kind"), BLOCKED)
def test_what_is_not_public_is_blocked_and_named(address: str, kind: str) -> None:
    """Each special range of IANA's registries, and each form of IPv6 that stands for an IPv4 address."""
    assert why_blocked(address) == kind


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "172.32.0.1",
        "100.128.0.1",
        "192.0.1.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::200e",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ],
)
def test_what_is_public_is_open(address: str) -> None:
    """An IPv6-only network reaches IPv4 endpoints by NAT64: the address within decides."""
    assert why_blocked(address) is None


@pytest.mark.parametrize(
    ("network", "opened", "still_closed"),
    [
        ("10.1.0.0/16", ["10.1.2.3", "::ffff:10.1.2.3"], ["10.2.0.1", "127.0.0.1", "192.168.0.1"]),
        ("fd12::/16", ["fd12::7"], ["fd13::1", "::1"]),
        ("127.0.0.1/32", ["127.0.0.1"], ["127.0.0.2", "::1"]),
        ("::1/128", ["::1"], ["127.0.0.1"]),
    ],
)
def test_a_named_network_is_open_and_nothing_beside_it(
    network: str, opened: list[str], still_closed: list[str]
) -> None:
    """`LESSONHOOK_ALLOWED_PRIVATE_NETWORKS` opens exactly what it says."""
    allowed = (ip_network(network),)
    assert {why_blocked(address, allowed) for address in opened} == {None}
    assert None not in {why_blocked(address, allowed) for address in still_closed}


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]",
    ],
)
def test_every_way_to_write_the_loopback_is_the_loopback(host: str) -> None:
    """Decimal, octal, hexadecimal, short and full-width hosts are addresses, and are judged as such."""
    assert why_blocked(CallbackUrl.parse(f"http://{host}/").host) == "loopback"


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("127.0.0.1.", "loopback"),
        ("2130706433", "loopback"),
        ("0x7f.1.", "loopback"),
        ("017700000001", "loopback"),
        ("localhost", "loopback"),
        ("LOCALHOST.", "loopback"),
        ("hook.localhost", "loopback"),
        ("localhost.localdomain", "loopback"),
        ("10.0.0.1", "private"),
        ("167772161", "private"),
        ("012.0.0.1", "private"),
        ("0xa000001", "private"),
        ("0", "unspecified"),
        ("169.254.169.254", "link-local or metadata"),
        ("0xa9fea9fe", "link-local or metadata"),
        ("metadata.google.internal", "link-local or metadata"),
        ("Metadata.Google.Internal.", "link-local or metadata"),
        ("168.63.129.16", "metadata"),
        ("100.100.100.200", "carrier-grade NAT"),
        ("[::1]", "loopback"),
        ("[::]", "unspecified"),
        ("[::ffff:10.0.0.1]", "private"),
        ("[::ffff:a9fe:a9fe]", "link-local or metadata"),
        ("[::10.0.0.1]", "IPv4-compatible"),
        ("[64:ff9b::10.0.0.1]", "private"),
        ("[fd00:ec2::254]", "private"),
        ("[fe80::1]", "link-local"),
    ],
)
def test_a_host_that_names_such_an_address_is_known_without_a_look_up(host: str, kind: str) -> None:
    """However a URL writes it; and with a port, a path and a query behind it."""
    url = f"http://{host}:8080/hook?key=a"
    assert why_literal_blocked(CallbackUrl.parse(url).host) == kind
    with pytest.raises(PrivateAddress, match=f"callback_url: must lead to a public address, .*{re.escape(kind)}"):
        refuse_private_address(url, ())


@pytest.mark.parametrize(
    "host", ["acme.example", "8.8.8.8", "localhost.example", "mylocalhost", "10.0.0.1.example", "[2606:4700::1111]"]
)
def test_a_public_address_and_a_name_are_open(host: str) -> None:
    """Where a name leads is looked up and checked with each connection."""
    assert why_literal_blocked(CallbackUrl.parse(f"https://{host}/").host) is None


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("127.0.0.1", "127.0.0.1/32"),
        ("localhost", "127.0.0.0/8"),
        ("localhost", "::1/128"),
        ("[::ffff:10.0.0.1]", "10.0.0.0/8"),
        ("[64:ff9b::10.0.0.1]", "10.0.0.0/8"),
        ("metadata.google.internal", "169.254.0.0/16"),
    ],
)
def test_a_host_in_a_named_network_is_open(host: str, network: str) -> None:
    """`localhost` is, if either of its addresses is."""
    refuse_private_address(f"http://{host}/", (ip_network(network),))


def test_no_url_is_no_private_address() -> None:
    """A subscriber that fetches its completions needs no URL."""
    refuse_private_address("", ())


def test_every_embedded_form_of_a_blocked_address_is_blocked() -> None:
    """The prefixes that carry an IPv4 address open nothing that is closed without them."""
    for address, _ in BLOCKED:
        if ":" not in address:
            for prefix in ("::ffff:", "64:ff9b::", "64:ff9b:1::", "::"):
                assert why_blocked(str(IPv6Address(prefix + address))) is not None
