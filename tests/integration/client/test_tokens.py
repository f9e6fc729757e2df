"""Tokens that a function of the LMS provides: kept, renewed once after a 401, and never the company's fault."""

import asyncio
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from click import UsageError
from structlog.testing import capture_logs

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from lessonhook.ledger import Kind, Outcome
from lessonhook.producer import Subscription, Token
from lessonhook.worker.celery_app.startup_checks import check_startup
from lessonhook.worker.client import Client, Post, token_places, tokens
from lessonhook.worker.client.failure import NotStarted
from tests.support.endpoints.posting import BODY, MakeClient, post
from tests.support.endpoints.raw_endpoints import Behaviour, Endpoint, Peer, http_response, responding, values_of
from tests.support.patience import PATIENCE_SECONDS

NAME = "lms_tokens:provide"


class Provider:
    """The LMS's function: `give` makes the token of each call, whose numbers count from 1."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.give: Callable[[int], Any] = lambda number: Token(f"Bearer token-{number}")

    def __call__(self, subscriber: str) -> Any:
        """Note the call, and return what the test wants."""
        self.calls.append(subscriber)
        return self.give(len(self.calls))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    """Return the function that `NAME` names."""
    made, module = Provider(), ModuleType("lms_tokens")
    module.provide = made  # type: ignore[attr-defined]  # as a module of the LMS has it
    monkeypatch.setitem(sys.modules, "lms_tokens", module)
    return made


@pytest.fixture
def client(make_client: MakeClient, provider: Provider) -> Client:
    """Return a client that asks this function."""
    assert provider.calls == []
    return make_client(authorization_provider=NAME)


def attempt(client: Client, endpoint: Endpoint, **fields: Any) -> Outcome:
    """Make one attempt with a provided token."""
    return post(client, endpoint.url(), authorization_from_provider=True, **fields)


def taking(*accepted: str) -> Behaviour:
    """Respond with 401 to every other Authorization value."""

    def behave(peer: Peer) -> None:
        while True:
            [value] = values_of(peer.read_request(), "Authorization")
            peer.send(http_response(b"{}", status=b"200 OK" if value.decode() in accepted else b"401 Unauthorized"))

    return behave


def sent(endpoint: Endpoint) -> list[str]:
    """Return the Authorization values that came."""
    return [value.decode() for request in endpoint.requests for value in values_of(request, "Authorization")]


def test_a_token_is_provided_once_and_kept(client: Client, provider: Provider) -> None:
    """For each subscriber one; a subscription that does not ask for it is sent none."""
    with Endpoint(responding()) as endpoint:
        for _ in range(3):
            assert attempt(client, endpoint).kind is Kind.ACCEPTED
        assert post(client, endpoint.url(), authorization="Token own").kind is Kind.ACCEPTED
        other = Subscription(subscriber="other", callback_url=endpoint.url(), authorization_from_provider=True)
        client.post(Post(event_id="event-2", subscription=other, body=BODY))
    assert provider.calls == ["acme", "other"]
    assert sent(endpoint) == ["Bearer token-1"] * 3 + ["Token own", "Bearer token-2"]


def test_a_token_that_expired_is_not_sent(client: Client, provider: Provider) -> None:
    """Nor one that is about to: it would be refused on its way."""
    soon = [datetime.now(UTC) + timedelta(seconds=seconds) for seconds in (0, 3600, 3600)]
    provider.give = lambda number: Token(f"Bearer token-{number}", soon[number - 1])
    with Endpoint(responding()) as endpoint:
        for _ in range(4):
            attempt(client, endpoint)
    assert sent(endpoint) == ["Bearer token-1", *["Bearer token-2"] * 3]


@pytest.mark.parametrize(("left", "earlier"), [(3600, 60), (100, 10), (None, 0)])
def test_a_token_is_used_until_shortly_before_its_end(left: int | None, earlier: int) -> None:
    """A minute, or a tenth of a short time; without an end for an hour."""
    now = datetime.now(UTC)
    token = Token("Bearer abc", None if left is None else now + timedelta(seconds=left))
    assert tokens._used_until(token) == pytest.approx(now.timestamp() + (left or 3600) - earlier, abs=2)


def test_a_refused_token_is_renewed_once_and_the_post_repeated(client: Client, provider: Provider) -> None:
    """At once and with the same id; the endpoint is charged nothing, and the log says it."""
    with Endpoint(taking("Bearer token-2")) as endpoint, capture_logs() as logs:
        assert attempt(client, endpoint).kind is Kind.ACCEPTED
        assert attempt(client, endpoint).kind is Kind.ACCEPTED
    assert sent(endpoint) == ["Bearer token-1", "Bearer token-2", "Bearer token-2"]
    assert {values_of(request, "webhook-id")[0] for request in endpoint.requests} == {b"event-1"}
    assert len(provider.calls) == 2
    assert [entry["subscriber"] for entry in logs if entry["event"] == "client.token_renewed"] == ["acme"]
    assert "token-" not in str(logs)


def test_an_endpoint_that_refuses_the_renewed_token_too_has_failed(client: Client, provider: Provider) -> None:
    """Two POSTs in one attempt are the most; no attempt sends what was refused before."""
    with Endpoint(taking()) as endpoint:
        outcome = attempt(client, endpoint)
        assert (outcome.kind, outcome.status) == (Kind.FAILED, 401)
        assert sent(endpoint) == ["Bearer token-1", "Bearer token-2"]
        attempt(client, endpoint)
    assert sent(endpoint)[2:] == ["Bearer token-3", "Bearer token-4"]
    assert len(provider.calls) == 4


def test_a_token_that_stays_the_same_is_not_sent_again(client: Client, provider: Provider) -> None:
    """It would be refused again."""
    provider.give = lambda _: Token("Bearer token")
    with Endpoint(taking()) as endpoint:
        outcome = attempt(client, endpoint)
    assert (outcome.kind, outcome.status) == (Kind.FAILED, 401)
    assert sent(endpoint) == ["Bearer token"]
    assert len(provider.calls) == 2


def test_a_401_that_counts_as_accepted_renews_nothing(client: Client, provider: Provider) -> None:
    """The subscription's accept_statuses come first."""
    with Endpoint(taking()) as endpoint:
        assert attempt(client, endpoint, accept_statuses=(401,)).kind is Kind.ACCEPTED
    assert len(provider.calls) == 1


def test_a_slow_401_is_not_repeated(client: Client, provider: Provider) -> None:
    """What is left of the deadline would be too little, and the endpoint would be charged with a timeout."""

    def slow(peer: Peer) -> None:
        peer.read_request()
        peer.stopping.wait(0.7)
        peer.send(http_response(b"{}", status=b"401 Unauthorized"))

    with Endpoint(slow) as endpoint:
        outcome = attempt(client, endpoint, deadline_seconds=1.2)
        assert (outcome.kind, outcome.status) == (Kind.FAILED, 401)
    assert len(endpoint.requests) == 1
    assert len(provider.calls) == 2


def test_many_posts_renew_a_token_together(client: Client, provider: Provider) -> None:
    """One call gives all of them the next token."""
    outcomes: list[Outcome] = []
    with Endpoint(taking("Bearer token-2")) as endpoint:
        threads = [threading.Thread(target=lambda: outcomes.append(attempt(client, endpoint))) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [outcome.kind for outcome in outcomes] == [Kind.ACCEPTED] * 12
    assert len(provider.calls) == 2


def test_a_token_is_masked_where_a_response_repeats_it(client: Client, provider: Provider) -> None:
    """As an Authorization value that is saved."""
    assert provider.calls == []
    with Endpoint(responding(http_response(b"we got Bearer token-1", status=b"500 Oops"))) as endpoint:
        outcome = attempt(client, endpoint)
    assert outcome.response.startswith("we got")
    assert "token-1" not in outcome.response


def failing(error: BaseException) -> Callable[[int], Any]:
    """Return what raises."""

    def give(_: int) -> Any:
        raise error

    return give


@pytest.mark.parametrize(
    ("give", "words"),
    [
        (
            failing(ConnectionError("https://id.example/?secret=MARK")),
            "the authorization provider failed (ConnectionError)",
        ),
        (failing(SystemExit("MARK")), "the authorization provider failed (SystemExit)"),
        (lambda _: None, "the authorization provider returned no token for this subscriber"),
        (
            lambda _: "Bearer MARK",
            "the authorization provider returned a str in the place of a Token for this subscriber",
        ),
        (lambda _: Token("Bearer MARK\n"), "the authorization provider failed (ValueError)"),
    ],
)
def test_a_provider_that_fails_is_our_fault(
    client: Client, provider: Provider, give: Callable[[int], Any], words: str
) -> None:
    """The event goes later, at nobody's cost; the function is left alone for a while, and its text is not logged."""
    provider.give = give
    with Endpoint(responding()) as endpoint, capture_logs() as logs:
        outcomes = [attempt(client, endpoint) for _ in range(3)]
    assert {(outcome.kind, outcome.detail) for outcome in outcomes} == {(Kind.NOT_STARTED, words)}
    assert endpoint.connections == 0
    assert len(provider.calls) == 1
    assert [entry["event"] for entry in logs] == ["authorization_provider.failed"]
    assert "MARK" not in str(logs)


def test_after_a_failure_the_provider_is_asked_again(
    client: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few seconds later, in a worker; the ledger waits as long between two tries."""
    monkeypatch.setattr(tokens, "_FAILED_SECONDS", 0.0)
    provider.give = lambda number: Token("Bearer abc") if number > 1 else None
    with Endpoint(responding()) as endpoint:
        assert attempt(client, endpoint).kind is Kind.NOT_STARTED
        assert attempt(client, endpoint).kind is Kind.ACCEPTED


def test_a_failure_to_renew_is_our_fault_too(client: Client, provider: Provider) -> None:
    """The endpoint refused an old token, and nobody has given it a new one."""
    provider.give = lambda number: Token("Bearer old") if number == 1 else None
    with Endpoint(taking()) as endpoint:
        assert attempt(client, endpoint).kind is Kind.NOT_STARTED
    assert sent(endpoint) == ["Bearer old"]


def test_a_token_that_was_refused_is_not_sent_again(client: Client, provider: Provider) -> None:
    """While the provider fails, the endpoint hears nothing: it has said what it thinks of that token."""
    provider.give = lambda number: Token("Bearer old") if number == 1 else None
    with Endpoint(taking()) as endpoint:
        for _ in range(3):
            assert attempt(client, endpoint).kind is Kind.NOT_STARTED
    assert sent(endpoint) == ["Bearer old"]


def test_two_refused_tokens_are_the_endpoints_refusal(
    client: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the provider fails at every second call, so that no attempt sees both of them."""
    monkeypatch.setattr(tokens, "_FAILED_SECONDS", 0.0)
    provider.give = lambda number: Token(f"Bearer token-{number}") if number % 2 else None
    with Endpoint(taking()) as endpoint:
        outcomes = [attempt(client, endpoint) for _ in range(4)]
    assert [outcome.kind for outcome in outcomes] == [Kind.NOT_STARTED, *[Kind.FAILED] * 3]
    assert {outcome.status for outcome in outcomes[1:]} == {401}


def test_a_token_that_was_taken_is_an_old_one_when_it_is_refused(
    client: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure to renew it is then ours again, although it was once a renewed one."""
    monkeypatch.setattr(tokens, "_FAILED_SECONDS", 0.0)
    provider.give = lambda number: Token(f"Bearer token-{number}") if number < 3 else None
    with Endpoint(taking("Bearer token-2")) as endpoint:
        assert attempt(client, endpoint).kind is Kind.ACCEPTED
    with Endpoint(taking()) as revoked:
        assert attempt(client, revoked).kind is Kind.NOT_STARTED
    assert sent(revoked) == ["Bearer token-2"]


def test_a_provider_that_hangs_holds_up_nobody(make_client: MakeClient, provider: Provider) -> None:
    """The wait ends before the lease; the call goes on, and what it brings is used by the next attempt."""
    returns = threading.Event()

    def give(number: int) -> Token:
        returns.wait(PATIENCE_SECONDS)
        return Token(f"Bearer token-{number}")

    provider.give = give
    client = make_client(authorization_provider=NAME, lease_margin_seconds=0.4)
    with Endpoint(responding()) as endpoint:
        outcome = attempt(client, endpoint)
        assert outcome.kind is Kind.NOT_STARTED
        assert outcome.detail == "the authorization provider returned nothing within 0.1 s"
        assert attempt(client, endpoint).kind is Kind.NOT_STARTED
        assert len(provider.calls) == 1
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        returns.set()
        wait_until(lambda: attempt(client, endpoint).kind is Kind.ACCEPTED, PATIENCE_SECONDS, "the token")
    assert sent(endpoint)[-1] == "Bearer token-1"
    assert len(provider.calls) == 1


def test_the_waits_of_one_attempt_have_one_limit(client: Client, provider: Provider) -> None:
    """A token that is renewed after a 401 is waited for no longer than the lease allows for the first one as well."""
    asked: list[float] = []
    provided = client._tokens.provided

    async def noted(subscriber: str, *, waited_seconds: float = 0.0) -> tokens.Provided:
        asked.append(waited_seconds)
        return await provided(subscriber, waited_seconds=waited_seconds)

    client._tokens.provided = noted  # type: ignore[method-assign]  # to see what the client asks
    with Endpoint(taking("Bearer token-2")) as endpoint:
        assert attempt(client, endpoint).kind is Kind.ACCEPTED
    assert len(asked) == 2
    assert asked[1] > asked[0] == 0.0
    ended = threading.Event()

    def late(number: int) -> Token:
        ended.wait(PATIENCE_SECONDS)
        return Token(f"Bearer token-{number}")

    provider.give = late
    limit = 2 * PATIENCE_SECONDS
    with pytest.raises(NotStarted, match="returned nothing within"):
        asyncio.run(tokens.Tokens(NAME, limit).provided("acme", waited_seconds=limit))
    ended.set()


def test_a_call_that_hangs_for_long_is_given_up(
    make_client: MakeClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead connection of the LMS's own must not keep a subscriber without a token for ever."""
    monkeypatch.setattr(tokens, "_GIVEN_UP_SECONDS", 0.0)
    returns = threading.Event()

    def give(number: int) -> Token:
        if number == 1:
            returns.wait(PATIENCE_SECONDS)
        return Token(f"Bearer token-{number}")

    provider.give = give
    client = make_client(authorization_provider=NAME, lease_margin_seconds=0.4)
    with Endpoint(responding()) as endpoint:
        assert attempt(client, endpoint).kind is Kind.NOT_STARTED
        wait_until(lambda: attempt(client, endpoint).kind is Kind.ACCEPTED, PATIENCE_SECONDS, "another token")
        kept = sent(endpoint)[-1]
        assert kept != "Bearer token-1"
        returns.set()
        wait_until(lambda: len(client._tokens._places) == 0, PATIENCE_SECONDS, "the end of the call that hung")
        attempt(client, endpoint)
    assert sent(endpoint)[-1] != "Bearer token-1"


def test_calls_at_once_are_bounded(
    make_client: MakeClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a thread, and a function that always hangs must not use up all of them."""
    monkeypatch.setattr(token_places, "CALLS_LIMIT", 1)
    monkeypatch.setattr(token_places, "HANGING_LIMIT", 0)
    returns = threading.Event()
    provider.give = lambda _: returns.wait(PATIENCE_SECONDS)
    client = make_client(authorization_provider=NAME, lease_margin_seconds=0.4)
    with Endpoint(responding()) as endpoint:
        attempt(client, endpoint)
        outcome = attempt_of("other", client, endpoint)
        returns.set()
    assert (outcome.kind, outcome.detail) == (
        Kind.NOT_STARTED,
        "too many calls of the authorization provider hang",
    )
    assert provider.calls == ["acme"]


def attempt_of(subscriber: str, client: Client, endpoint: Endpoint) -> Outcome:
    """Make one attempt of a subscriber with a provided token."""
    subscription = Subscription(subscriber=subscriber, callback_url=endpoint.url(), authorization_from_provider=True)
    return client.post(Post(event_id="event-2", subscription=subscription, body=BODY))


def test_companies_whose_calls_hang_leave_the_others_their_threads(
    make_client: MakeClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function may ask a server of the company's own. As many as may hang do, and a healthy one gets its token."""
    monkeypatch.setattr(token_places, "CALLS_LIMIT", 1)
    monkeypatch.setattr(token_places, "HANGING_LIMIT", 3)
    monkeypatch.setattr(tokens, "_GIVEN_UP_SECONDS", 0.0)
    returns = threading.Event()

    def give(number: int) -> Token:
        if provider.calls[number - 1] != "healthy":
            returns.wait(PATIENCE_SECONDS)
        return Token(f"Bearer token-{number}")

    provider.give = give
    client = make_client(authorization_provider=NAME, lease_margin_seconds=0.4)
    with Endpoint(responding()) as endpoint:
        # Each is asked for again once its call was given up, and has two threads at most.
        for subscriber in ("acme", "acme", "acme", "acme", "other"):
            wait_until(
                lambda: not client._tokens._places.refusal("anybody"), PATIENCE_SECONDS, "a place of the usual ones"
            )
            assert attempt_of(subscriber, client, endpoint).kind is Kind.NOT_STARTED
        assert provider.calls == ["acme", "acme", "other"]
        wait_until(lambda: not client._tokens._places.refusal("anybody"), PATIENCE_SECONDS, "a usual place")
        assert attempt_of("healthy", client, endpoint).kind is Kind.ACCEPTED
        refused = attempt_of("other", client, endpoint)
        assert refused.detail == "too many calls of the authorization provider hang"
        returns.set()
        wait_until(lambda: len(client._tokens._places) == 0, PATIENCE_SECONDS, "the end of all calls")
        assert attempt_of("acme", client, endpoint).kind is Kind.ACCEPTED


def test_without_the_setting_the_event_is_given_back(make_client: MakeClient) -> None:
    """Another worker may have it; the log says what is missing."""
    with Endpoint(responding()) as endpoint:
        outcome = attempt(make_client(), endpoint)
    assert outcome.kind is Kind.NOT_STARTED
    assert outcome.detail.startswith("LESSONHOOK_AUTHORIZATION_PROVIDER is not set")


def test_the_lease_leaves_room_for_the_wait(make_client: MakeClient, provider: Provider) -> None:
    """A worker begins no POST that another one might make as well, and it does begin one."""
    assert provider.calls == []
    for margin in (0.1, 10.0, 300.0):
        settings = Settings(authorization_provider=NAME, lease_margin_seconds=margin)
        client = make_client(authorization_provider=NAME, lease_margin_seconds=margin)
        assert settings.request_deadline_seconds < client.longest_seconds < settings.lease_seconds


@pytest.mark.parametrize("name", ["no_such_module:provide", "lms_tokens:missing", "lms_tokens:text"])
def test_a_worker_does_not_start_with_a_provider_that_cannot_be_imported(provider: Provider, name: str) -> None:
    """It would look ready, and give every such event back."""
    sys.modules["lms_tokens"].text = "no function"  # type: ignore[attr-defined]  # as a module of the LMS has it
    check_startup(Settings(authorization_provider=NAME))
    assert provider.calls == []
    with pytest.raises(UsageError, match=f"LESSONHOOK_AUTHORIZATION_PROVIDER: {name} cannot be "):
        check_startup(Settings(authorization_provider=name))
