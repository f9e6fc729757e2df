"""`lessonhook send-test`, `sample` and `curl`: what a support person and a receiver's engineer try an endpoint with."""

import subprocess
import sys
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from lessonhook.config import Settings
from lessonhook.ledger import new_signing_secret
from tests.support.endpoints.exchange import DROPS, HANGS, Post, Response
from tests.support.endpoints.receiver import Receiver
from tests.support.environment import environment_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.processes.command_line import Cli, Ran
from tests.support.processes.terminal import TerminalProcess

_GOLDEN = Path(__file__).parents[2] / "unit" / "producer" / "golden" / "sample.json"


def curl(ran: Ran) -> None:
    """Paste a command into a shell and run it."""
    assert ran.code == 0
    # curl's own settings file and proxies are the machine's business, not the test's.
    subprocess.run(
        ["/bin/sh", "-c", f"{ran.out.rstrip()} --silent --show-error --noproxy '*' --fail"],
        check=True,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"},
    )


def test_a_test_is_one_post_of_the_sample_and_nothing_is_recorded(cli: Cli, customer: Customer) -> None:
    """Marked as a test by its webhook-id, with the subscription's credentials and options."""
    customer.subscribe(authorization="Token abc", numeric_ids=True)
    ran = cli("send-test", "acme")
    assert ran.code == 0
    assert "200: the endpoint accepted it" in ran.out
    [post] = customer.posts
    assert post.header("webhook-id").startswith("test-")
    assert post.header("webhook-id") in ran.out
    assert post.header("authorization") == "Token abc"
    assert post.json()["user"] == {
        "id": 1,
        "name": "Sample Sampleson",
        "email": "sample@company.com",
        "custom_fields": {"Custom Field Name": "Custom Field Value"},
    }
    assert customer.status.recorded == 0


def test_at_a_terminal_it_says_what_it_waits_for(settings: Settings, customer: Customer, tmp_path: Path) -> None:
    """Until the response comes, which then takes the place of it."""
    customer.subscribe()
    customer.respond(HANGS)
    process = TerminalProcess(
        "send-test",
        [sys.executable, "-m", "lessonhook.console", "send-test", "acme"],
        environment_of(settings),
        tmp_path / "send-test.log",
    )
    process.start()
    assert process.wait() == 1
    shown = process.logs()
    assert shown.index("waiting for the endpoint of acme, for 2 s at most") < shown.index("timeout: no response")


def test_a_test_goes_to_a_paused_subscriber_too(cli: Cli, customer: Customer, stored: Stored) -> None:
    """It is how one finds out whether to resume; the pause stays."""
    stored.pausing()
    assert cli("send-test", "acme").code == 0
    assert customer.status.paused is not None


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (Response(status=401), "401: the endpoint refused the Authorization value"),
        (Response(status=404), "404: nothing is at this URL; check the callback URL"),
        (Response(status=302, headers=(("Location", "/x"),)), "302: a redirect, which is never followed"),
        (Response(status=500), "500: the endpoint failed"),
        (DROPS, "connection: the endpoint closed the connection without a response"),
        (HANGS, "timeout: no response within 2 s"),
    ],
    ids=lambda value: value.partition(":")[0] if isinstance(value, str) else "",
)
def test_a_failure_is_explained_in_words(cli: Cli, customer: Customer, response: Response, words: str) -> None:
    """Words that a support person can read to a customer; exit code 1."""
    customer.respond(response)
    ran = cli("send-test", "acme")
    customer.release()
    assert ran.code == 1
    assert words in ran.out


@pytest.mark.parametrize(
    ("url", "words", "advice"),
    [
        ("http://127.0.0.1:1/hook", "refused: the endpoint refused the connection", "check the port"),
        ("http://nowhere.invalid/hook", "dns: nowhere.invalid cannot be resolved", "check the host name"),
    ],
)
def test_where_there_is_no_endpoint_it_says_what_to_check(
    cli: Cli, customer: Customer, url: str, words: str, advice: str
) -> None:
    """The reason, and what may help."""
    customer.subscribe(callback_url=url)
    ran = cli("send-test", "acme", "--json")
    assert ran.code == 1
    assert words in ran.json["words"]
    assert advice in ran.json["advice"]


def test_an_address_that_is_not_allowed_here_says_what_opens_it(cli: Cli, customer: Customer) -> None:
    """It was saved where its network is allowed."""
    customer.subscribe_where_allowed("10.0.0.0/8", callback_url="http://10.1.2.3/hook")
    ran = cli("send-test", "acme", "--json")
    assert ran.code == 1
    assert "blocked: " in ran.json["words"]
    assert "LESSONHOOK_ALLOWED_PRIVATE_NETWORKS" in ran.json["advice"]


def test_an_echo_of_the_credentials_is_not_shown(cli: Cli, customer: Customer) -> None:
    """The response's first bytes are, with stars in it; the URL without its query's values."""
    customer.subscribe(
        authorization="Token hidden", callback_url=f"http://127.0.0.1:{customer_port(customer)}/acme?k=key1"
    )
    customer.respond(lambda post: Response(status=401, body=f"no: {post.header('authorization')}".encode()))
    ran = cli("send-test", "acme")
    assert "hidden" not in ran.out
    assert "key1" not in ran.out
    assert "The response begins: no: ***" in ran.out


def customer_port(customer: Customer) -> int:
    """Return where the customer's endpoint listens."""
    return customer._receiver.port


def test_the_sample_is_the_vendors_byte_for_byte(cli: Cli) -> None:
    """The golden file that the renderer is held to."""
    ran = cli("sample")
    assert ran.code == 0
    assert ran.out.rstrip("\n") == _GOLDEN.read_text(encoding="utf-8").rstrip("\n")


def test_a_subscribers_sample_has_its_options(cli: Cli, customer: Customer) -> None:
    """What this endpoint will see."""
    customer.subscribe(deprecated_score=True)
    assert '"score": 1.0' in cli("sample", "--subscriber", "acme").out
    assert '"ext_uid"' not in cli("sample", "--subscriber", "acme").out


def test_the_curl_command_sends_what_we_send(cli: Cli, customer: Customer, receiver: Receiver) -> None:
    """Pasted into a shell it arrives as our own POST does: URL, headers and bytes, whatever is in them."""
    secret = new_signing_secret()
    target = "/acme?a=b c".replace(" ", "%20") + "&sig=x%2fy;z&q=[1]{2}'$HOME"
    url = receiver.url(target.replace("'", "%27"))
    customer.subscribe(
        callback_url=url, authorization="""Token it's "$HOME" `date` \\ !x  two""", signing_secret=secret
    )
    assert cli("send-test", "acme").code == 0
    curl(cli("curl", "acme", "--reveal"))
    curl(cli("curl", "acme", "--reveal"))
    ours, theirs, again = receiver.posts
    assert again.header("webhook-id") != theirs.header("webhook-id")
    assert theirs.target == ours.target
    for name in ("Content-Type", "Authorization", "User-Agent"):
        assert theirs.values(name) == ours.values(name)
    assert theirs.body == ours.body
    assert verified(secret, theirs)


def verified(secret: str, post: Post) -> bool:
    """Return whether the receiver's own library takes the signature."""
    headers = {name.lower(): value for name, value in post.headers}
    return bool(Webhook(secret).verify(post.body, headers))


def test_a_stored_event_as_a_command_has_its_own_id_and_bytes(cli: Cli, customer: Customer, stored: Stored) -> None:
    """A name with an apostrophe and an emoji comes through the shell."""
    event_id = stored.delivered(user={"id": "7", "name": "Zoë O'Neil 🎓 `x`", "email": "zoe@example.com"})
    curl(cli("curl", "acme", event_id, "--reveal", "--show-body"))
    [post] = customer.posts
    assert post.header("webhook-id") == event_id
    assert post.json()["user"]["name"] == "Zoë O'Neil 🎓 `x`"
    assert post.body.decode() == cli("event", event_id, "--show-body", "--json").json["body"]


def test_secrets_and_bodies_are_masked_unless_asked_for(cli: Cli, customer: Customer, stored: Stored) -> None:
    """Each by its own flag; the standard error says which flag shows it."""
    event_id = stored.delivered()
    customer.subscribe(authorization="Token hidden", callback_url="https://acme.example/hook?key=hidden")
    masked = cli("curl", "acme", event_id)
    assert "hidden" not in masked.out
    assert "l1@example.com" not in masked.out
    assert "Authorization: ***" in masked.out
    assert "--reveal and --show-body" in masked.err
    body_only = cli("curl", "acme", event_id, "--show-body")
    assert "l1@example.com" in body_only.out
    assert "hidden" not in body_only.out
    assert cli("curl", "acme", event_id, "--reveal").out.count("hidden") == 2
    sample = cli("curl", "acme")
    assert "Sample Sampleson" in sample.out
    assert "--reveal shows it" in sample.err


def test_nothing_is_reported_as_masked_where_nothing_is(cli: Cli, customer: Customer) -> None:
    """The sample, to a plain URL, without credentials."""
    customer.subscribe(authorization=None, callback_url="https://acme.example/hook")
    shown = cli("curl", "acme")
    assert "***" not in shown.out
    assert not shown.err


def test_without_a_subscription_there_is_nothing_to_try(cli: Cli) -> None:
    """Exit code 1, and where the names are."""
    for command in (("send-test", "nobody"), ("curl", "nobody"), ("sample", "--subscriber", "nobody")):
        ran = cli(*command)
        assert (ran.code, ran.out) == (1, "")
        assert "there is no subscription of 'nobody'" in ran.err


@pytest.mark.usefixtures("customer")
def test_the_curl_command_says_where_our_own_posts_come_from(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the standard error, because a firewall that lets in the engineer's address may refuse ours."""
    assert "come from" not in cli("curl", "acme").err
    monkeypatch.setenv("LESSONHOOK_EGRESS_ADDRESSES", '["203.0.113.7", "198.51.100.0/24"]')
    told = cli("curl", "acme")
    assert "come from 203.0.113.7, 198.51.100.0/24" in told.err
    assert "203.0.113.7" not in told.out
