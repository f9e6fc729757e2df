"""Names are looked up in few threads, and what goes wrong there has one reason."""

import socket
import threading
from collections.abc import Iterator

import pytest

from lessonhook.ledger import Reason
from lessonhook.worker.client import resolver as module
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.failure import Failure
from lessonhook.worker.client.resolver import Resolver
from tests.support.names import NameService


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameService]:
    """Answer the name service of this test."""
    service = NameService()
    monkeypatch.setattr(socket, "getaddrinfo", service.getaddrinfo)
    yield service
    service.release.set()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "2001:db8::1"])
def test_an_address_needs_no_look_up(names: NameService, host: str) -> None:
    """It is its own answer."""
    assert Resolver().addresses(host, Deadline(20)) == (host,)
    assert names.asked == []


def test_addresses_come_in_the_systems_order_each_once(names: NameService) -> None:
    """The system sorts by what it can reach (RFC 6724)."""
    names.answers["a.example"] = [["2001:db8::1", "127.0.0.1", "2001:db8::1"]]
    assert Resolver().addresses("a.example", Deadline(20)) == ("2001:db8::1", "127.0.0.1")


def test_a_name_that_many_wait_for_is_looked_up_once(names: NameService) -> None:
    """However many slots a dead name server would keep, it keeps one thread for each name."""
    names.hanging.add("a.example")
    names.answers["a.example"] = [["127.0.0.1"]]
    resolver = Resolver()
    for _ in range(5):
        with pytest.raises(Failure):
            resolver.addresses("a.example", Deadline(0.02))
    assert names.asked == ["a.example"]
    late: list[tuple[str, ...]] = []
    waiting = threading.Thread(target=lambda: late.append(resolver.addresses("a.example", Deadline(20))))
    waiting.start()
    names.release.set()
    waiting.join()
    assert late == [("127.0.0.1",)]


def test_lookups_are_bounded_and_free_again_when_they_end(names: NameService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a look-up waits, at most until its deadline, and says why."""
    monkeypatch.setattr(module, "LOOKUP_LIMIT", 1)
    names.hanging.add("slow.example")
    names.answers = {"slow.example": [["127.0.0.1"]], "b.example": [["127.0.0.1"]]}
    resolver = Resolver()
    for host in ("slow.example", "b.example"):
        with pytest.raises(Failure) as caught:
            resolver.addresses(host, Deadline(0.05))
        assert caught.value.reason is Reason.DNS
    names.release.set()
    assert resolver.addresses("b.example", Deadline(20)) == ("127.0.0.1",)


@pytest.mark.parametrize("host", ["unknown.example", "ünicode.example"])
def test_a_name_without_an_answer_fails_as_dns(names: NameService, host: str) -> None:
    """Unknown, or no name at all."""
    del names
    with pytest.raises(Failure, match="cannot be resolved") as caught:
        Resolver().addresses(host, Deadline(20))
    assert caught.value.reason is Reason.DNS
