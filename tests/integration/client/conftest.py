"""What the tests of the client share: clients that are closed, and a certificate authority of their own."""

from collections.abc import Iterator
from typing import Any

import pytest

from lessonhook.config import Settings
from lessonhook.worker.client import Client
from tests.support.endpoints.certificates import Authority
from tests.support.endpoints.posting import LOOPBACK, MakeClient


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    """Yield a maker of clients, closed after the test; the loopback is open to them unless a test says otherwise."""
    made: list[Client] = []

    def make(**settings: Any) -> Client:
        client = Client(Settings(**{"allowed_private_networks": LOOPBACK, **settings}))
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: MakeClient) -> Client:
    """Return a client with the settings as they are."""
    return make_client()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return an authority of the tests' own, trusted by nobody."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Return that authority, trusted by clients made from now on, as a company's own one is."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate_file))
    return authority
