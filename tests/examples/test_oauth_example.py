"""The example of OAuth tokens, with a real worker, an authorization server and an endpoint that checks the token."""

import base64
import json
from pathlib import Path
from urllib.parse import parse_qs

from tests.support.endpoints.exchange import ACCEPTED, Post, Response
from tests.support.people.house import House, open_house
from tests.support.rooms import ROOT

_SECRET = "se/cret of the client"


class AuthorizationServer:
    """Grants tokens for an hour, and has the company's endpoint take the newest one only."""

    def __init__(self) -> None:
        self.granted = 0

    def token(self, post: Post) -> Response:
        """Grant the next token to the one client that it knows."""
        credentials = base64.b64decode((post.header("authorization") or "").removeprefix("Basic ")).decode()
        assert credentials == "lms:se%2Fcret+of+the+client"
        assert parse_qs(post.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["completions"]}
        self.granted += 1
        granted = {"access_token": f"token-{self.granted}", "token_type": "Bearer", "expires_in": 3600}
        return Response(status=200, body=json.dumps(granted).encode())

    def endpoint(self, post: Post) -> Response:
        """Accept a completion with the newest token."""
        return ACCEPTED if post.values("authorization") == [f"Bearer token-{self.granted}"] else Response(status=401)


def start(house: House, folder: Path, clients: dict[str, object]) -> None:
    """Start a worker that has the example as its provider."""
    file = folder / "oauth-clients.json"
    file.write_text(json.dumps(clients), encoding="utf-8")
    house.workers.start(env={"PYTHONPATH": str(ROOT / "examples"), "OAUTH_CLIENTS": str(file)})


def test_a_worker_sends_a_token_of_the_authorization_server(server_kind: str, tmp_path: Path) -> None:
    """One token for many completions; one that the server revoked is renewed, and the company is charged nothing."""
    server = AuthorizationServer()
    with open_house(server_kind, tmp_path, authorization_provider="oauth_tokens:provide") as house:
        customer = house.customer(authorization_from_provider=True)
        house.receiver.respond("/token", server.token)
        customer.respond(server.endpoint)
        client = {"token_url": house.receiver.url("/token"), "client_id": "lms", "client_secret": _SECRET}
        start(house, tmp_path, {customer.name: {**client, "scope": "completions"}})
        published = customer.publish_many(5)
        customer.wait_for(delivered=5)
        assert server.granted == 1
        # As if the server had restarted: what it granted before is worth nothing.
        server.granted = 10
        published.append(customer.publish())
        status = customer.wait_for(delivered=6)
        assert server.granted == 11
        assert status.paused is None
        assert sorted(set(customer.arrived)) == sorted(published)
        assert customer.arrived.count(published[-1]) == 2
        [attempt] = house.ledger.events.attempts(customer.name, published[-1])
        assert attempt.status == 200
        log = house.worker.logs()
        assert "client.token_renewed" in log
        assert "token-1" not in log
        assert "cret" not in log


def test_an_authorization_server_that_fails_is_charged_to_nobody(server_kind: str, tmp_path: Path) -> None:
    """The completion waits, with all of its attempts, until there is a token."""
    server = AuthorizationServer()
    with open_house(server_kind, tmp_path, authorization_provider="oauth_tokens:provide") as house:
        customer = house.customer(authorization_from_provider=True)
        house.receiver.respond("/token", Response(status=500), server.token)
        customer.respond(server.endpoint)
        client = {"token_url": house.receiver.url("/token"), "client_id": "lms", "client_secret": _SECRET}
        start(house, tmp_path, {customer.name: {**client, "scope": "completions"}})
        event_id = customer.publish()
        status = customer.wait_for(delivered=1)
        assert status.paused is None
        assert customer.arrived == [event_id]
        assert len(house.ledger.events.attempts(customer.name, event_id)) == 1
        log = house.worker.logs()
        assert "delivery.given_back" in log
        assert "the authorization provider failed (HTTPError)" in log
