"""One rule for how hosts are compared: case, a final dot, brackets and a port make no other host."""

import pytest

from lessonhook.config import Host, read_host
from lessonhook.page.exchange import PageRequest
from lessonhook.page.tokens import is_of_this_site


@pytest.mark.parametrize(
    ("text", "name", "port"),
    [
        ("localhost", "localhost", None),
        ("localhost.", "localhost", None),
        ("LOCALHOST.", "localhost", None),
        ("localhost:5555", "localhost", 5555),
        ("localhost.:5555", "localhost", 5555),
        ("localhost:", "localhost", None),
        ("Flower.Example", "flower.example", None),
        ("127.0.0.1:80", "127.0.0.1", 80),
        ("127.0.0.1.", "127.0.0.1", None),
        ("[::1]", "::1", None),
        ("[::1]:5555", "::1", 5555),
        ("::1", "::1", None),
        ("[0:0:0:0:0:0:0:1]", "::1", None),
        ("[2001:DB8::1]:443", "2001:db8::1", 443),
    ],
)
def test_a_host_has_one_name(text: str, name: str, port: int | None) -> None:
    """However it is written."""
    assert read_host(text) == Host(name, port)


@pytest.mark.parametrize(
    "text",
    ["", ".", "localhost..", "[::1]evil.example", "[::1", "localhost:80:80", "localhost:port", "evil.localhost", "[]"],
)
def test_what_is_no_such_host_is_not_taken_for_one(text: str) -> None:
    """A slip in reading must not open anything."""
    read = read_host(text)
    assert read.name != "localhost"
    assert not read.is_address
    assert not read.is_this_machine


@pytest.mark.parametrize("text", ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.8.8:25", "[::1]:25", "::1"])
def test_this_machine_is_known_by_each_of_its_names(text: str) -> None:
    """A password may be sent to it without TLS."""
    assert read_host(text).is_this_machine


def _request(origin: str, host: str) -> PageRequest:
    headers = {"origin": origin}
    return PageRequest(method="POST", path="save", root="/", query={}, form={}, host=host, headers=headers)


@pytest.mark.parametrize(
    ("origin", "host", "is_own"),
    [
        ("https://lms.example", "lms.example", True),
        ("https://lms.example", "LMS.example.", True),
        ("https://lms.example.", "lms.example", True),
        ("https://lms.example", "lms.example:443", True),
        ("http://lms.example:8000", "lms.example:8000", True),
        ("http://[::1]:8000", "[0:0:0:0:0:0:0:1]:8000", True),
        ("http://lms.example:8000", "lms.example", False),
        ("https://lms.example:444", "lms.example:443", False),
        ("https://evil.example", "lms.example", False),
        ("https://lms.example.evil.example", "lms.example", False),
        ("null", "lms.example", False),
        ("null", "", False),
        ("http://[", "lms.example", False),
    ],
)
def test_an_origin_is_compared_by_the_same_rule(origin: str, host: str, is_own: bool) -> None:
    """Of a browser that is too old to say which site a request comes from."""
    assert is_of_this_site(_request(origin, host)) is is_own
