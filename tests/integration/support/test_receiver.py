"""The receiver of the tests: it records what really came, and misbehaves exactly as it is told."""

import concurrent.futures
import contextlib
import http.client

import pytest
import requests

from lessonhook.console.processes import LOOPBACK, TookTooLong, wait_until
from tests.support.endpoints.exchange import ACCEPTED, DROPS, FAILED, HANGS, Post, Response
from tests.support.endpoints.receiver import Receiver
from tests.support.patience import PATIENCE_SECONDS


def post(receiver: Receiver, path: str = "/", body: bytes = b"{}", **headers: str) -> int:
    """Send one POST on a connection of its own; return the status."""
    return requests.post(receiver.url(path), data=body, headers=headers, timeout=PATIENCE_SECONDS).status_code


def test_what_arrives_is_recorded_verbatim(receiver: Receiver) -> None:
    """Target, header case, inner blanks and body are those that were sent."""
    # Not by requests: it would write %2F for %2f.
    with contextlib.closing(http.client.HTTPConnection(LOOPBACK, receiver.port, timeout=PATIENCE_SECONDS)) as client:
        client.request("POST", "/hook?sig=a%2fb", b"\x00\xff", {"X-Odd-CASE": "two  blanks"})
        assert client.getresponse().status == 200
    [seen] = receiver.posts
    assert (seen.method, seen.target, seen.path, seen.body) == ("POST", "/hook?sig=a%2fb", "/hook", b"\x00\xff")
    assert ("X-Odd-CASE", "two  blanks") in seen.headers
    assert seen.header("x-odd-case") == "two  blanks"
    assert seen.values("absent") == []


def test_responses_follow_the_script_and_the_last_one_stays(receiver: Receiver) -> None:
    """One path's script moves with its own requests; another path is not touched."""
    receiver.respond("/a", FAILED, Response(status=429, headers=(("Retry-After", "3"),)), ACCEPTED)
    assert [post(receiver, "/a") for _ in range(4)] == [500, 429, 200, 200]
    assert post(receiver, "/b") == 200
    assert [seen.order for seen in receiver.posts_to("/a")] == [0, 1, 2, 3]


def test_a_response_may_depend_on_what_came(receiver: Receiver) -> None:
    """A script that is a function sees the request."""

    def judge(seen: Post) -> Response:
        return ACCEPTED if seen.body == b"good" else FAILED

    receiver.respond("/", judge)
    assert [post(receiver, body=b"good"), post(receiver, body=b"bad")] == [200, 500]


def test_a_dropped_connection_gets_no_response(receiver: Receiver) -> None:
    """The request is recorded although its client hears nothing."""
    receiver.respond("/", DROPS)
    with pytest.raises(requests.ConnectionError):
        post(receiver)
    assert len(receiver.posts) == 1


def test_what_hangs_gets_its_response_when_it_is_released(receiver: Receiver) -> None:
    """A hanging request is in flight until the test lets it go."""
    receiver.respond("/", HANGS, ACCEPTED)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        hanging = pool.submit(post, receiver)
        receiver.wait_for(1)
        assert receiver.in_flight("/") == 1
        assert post(receiver) == 200
        receiver.release("/")
        assert hanging.result(5) == 200
    assert (receiver.in_flight("/"), receiver.most_in_flight("/")) == (0, 2)


def test_a_client_that_gives_up_is_no_longer_in_flight(receiver: Receiver) -> None:
    """A receiver that counts what is in flight must not count who went away."""
    receiver.respond("/", HANGS)
    with pytest.raises(requests.ReadTimeout):
        requests.post(receiver.url(), timeout=0.2)
    assert len(receiver.posts) == 1
    wait_until(
        lambda: receiver.in_flight("/") == 0, PATIENCE_SECONDS, "the receiver's notice that its client went away"
    )


def test_a_receiver_that_is_down_refuses_and_comes_back(receiver: Receiver) -> None:
    """Down cuts what is open and refuses what is new; up listens on the same port."""
    with requests.Session() as session:
        assert session.post(receiver.url(), timeout=PATIENCE_SECONDS).status_code == 200
        receiver.down()
        with pytest.raises(requests.ConnectionError):
            session.post(receiver.url(), timeout=PATIENCE_SECONDS)
        receiver.up()
        assert session.post(receiver.url(), timeout=PATIENCE_SECONDS).status_code == 200
    assert receiver.connections == 2


def test_waiting_in_vain_says_what_did_not_come(receiver: Receiver) -> None:
    """The message names the path, and how many came."""
    post(receiver, "/a")
    with pytest.raises(TookTooLong, match="2 requests at /a; 1 came"):
        receiver.wait_for(2, "/a", seconds=0.05)


def test_a_connection_is_kept_for_a_thousand_requests(receiver: Receiver) -> None:
    """Keep-alive is the receiver's default, so that a client's reuse can be counted."""
    with requests.Session() as session:
        for _ in range(1_000):
            session.post(receiver.url("/a"), data=b"{}", timeout=PATIENCE_SECONDS)
    assert (receiver.connections, len(receiver.posts)) == (1, 1_000)
