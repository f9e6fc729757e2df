"""The address that is connected to is the address that was checked, whatever a name says a moment later."""

from ipaddress import ip_network

import pytest

from lessonhook.ledger import Kind, Reason
from tests.support.endpoints.name_service import NameService
from tests.support.endpoints.posting import MakeClient, post
from tests.support.endpoints.raw_endpoints import Endpoint, responding

ONE_ADDRESS = (ip_network("127.0.0.1/32"),)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0177.0.0.1", "0x7f.1", "127.1", "[::1]"])
def test_the_workers_own_machine_is_closed(make_client: MakeClient, host: str) -> None:
    """However it is written; the attempt fails with the reason shown, and no connection is opened."""
    client = make_client(allowed_private_networks=())
    address = "::1" if ":" in host else "127.0.0.1"
    with Endpoint(responding(), address=address) as endpoint:
        outcome = post(client, endpoint.url(host=host))
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.BLOCKED)
    assert "loopback" in outcome.detail
    assert endpoint.connections == 0


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "10.0.0.1", "[fd00:ec2::254]", "[::ffff:10.0.0.1]", "0.0.0.0", "224.0.0.1"]
)
def test_networks_behind_the_worker_are_closed(make_client: MakeClient, host: str) -> None:
    """Metadata services, private networks, what means "here" or "everyone"."""
    outcome = post(make_client(allowed_private_networks=()), f"http://{host}/latest/meta-data/")
    assert outcome.reason is Reason.BLOCKED
    assert "LESSONHOOK_ALLOWED_PRIVATE_NETWORKS" in outcome.detail


@pytest.mark.parametrize("addresses", [["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["127.0.0.1", "::1"]])
def test_one_bad_address_spoils_a_name(make_client: MakeClient, names: NameService, addresses: list[str]) -> None:
    """Wherever it stands among good ones: an honest name has no private address beside its public one."""
    names.addresses["mixed.example"] = [addresses]
    client = make_client(allowed_private_networks=ONE_ADDRESS)
    with Endpoint(responding()) as endpoint:
        outcome = post(client, endpoint.url(host="mixed.example"))
    assert outcome.reason is Reason.BLOCKED
    assert "mixed.example is " in outcome.detail
    assert endpoint.connections == 0


def test_a_name_whose_addresses_change_gains_nothing(make_client: MakeClient, names: NameService) -> None:
    """It is looked up once for a connection: the address that was checked is the one that is connected to."""
    names.addresses["rebinding.example"] = [["127.0.0.1"], ["127.0.0.2"]]
    client = make_client(allowed_private_networks=ONE_ADDRESS)
    with Endpoint(responding()) as checked:
        outcome = post(client, checked.url(host="rebinding.example"))
        assert outcome.kind is Kind.ACCEPTED
        assert names.asked == ["rebinding.example"]
        client.close()
        outcome = post(client, checked.url(host="rebinding.example"))
    assert outcome.reason is Reason.BLOCKED
    assert len(checked.requests) == 1


def test_the_next_address_is_tried_where_one_is_dead(make_client: MakeClient, names: NameService) -> None:
    """A name may have several good addresses, one of which refuses."""
    names.addresses["double.example"] = [["127.0.0.2", "127.0.0.1"]]
    client = make_client()
    with Endpoint(responding()) as endpoint:
        assert post(client, endpoint.url(host="double.example")).kind is Kind.ACCEPTED


@pytest.mark.parametrize("addresses", [None, []])
def test_a_name_that_is_none_has_its_own_reason(
    make_client: MakeClient, names: NameService, addresses: list[str] | None
) -> None:
    """`dns`: unknown, or known without an address."""
    if addresses is not None:
        names.addresses["nowhere.example"] = [addresses]
    outcome = post(make_client(), "https://nowhere.example/hook?sig=MARK")
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.DNS)
    assert "nowhere.example" in outcome.detail
    assert "MARK" not in outcome.detail
