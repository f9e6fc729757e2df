"""Names are looked up in few threads, a name that hangs costs no other one, and what goes wrong has one reason."""

import asyncio
import time

import pytest

from lessonhook.console.processes import wait_until
from lessonhook.ledger import Reason
from lessonhook.worker.client import resolver as module
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.failure import Failure, NotStarted
from lessonhook.worker.client.lookup_places import LIMITS, LookUpPlaces, NamePace
from lessonhook.worker.client.resolver import Resolver
from tests.support.endpoints.name_service import NameService
from tests.support.patience import PATIENCE_SECONDS


async def found(resolver: Resolver, host: str, seconds: float = 20.0) -> tuple[str, ...]:
    """Look a name up."""
    return await resolver.addresses(host, Deadline(seconds))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "2001:db8::1"])
def test_an_address_needs_no_look_up(names: NameService, host: str) -> None:
    """It is its own address."""
    assert asyncio.run(found(Resolver(), host)) == (host,)
    assert names.asked == []


def test_addresses_come_in_the_systems_order_each_once(names: NameService) -> None:
    """The system sorts by what it can reach (RFC 6724)."""
    names.addresses["a.example"] = [["2001:db8::1", "127.0.0.1", "2001:db8::1"]]
    assert asyncio.run(found(Resolver(), "a.example")) == ("2001:db8::1", "127.0.0.1")


def test_a_name_that_many_wait_for_is_looked_up_once(names: NameService) -> None:
    """However many POSTs wait for a dead name server, it keeps one thread for each name."""
    names.hanging.add("a.example")
    names.addresses["a.example"] = [["127.0.0.1"]]

    async def many() -> None:
        resolver = Resolver()
        for _ in range(5):
            with pytest.raises(Failure) as caught:
                await found(resolver, "a.example", 0.02)
            assert caught.value.reason is Reason.DNS
        assert names.asked == ["a.example"]
        late = asyncio.create_task(found(resolver, "a.example"))
        await asyncio.sleep(0)  # lets `late` begin its look-up
        names.release.set()
        assert await late == ("127.0.0.1",)

    asyncio.run(many())


def test_a_look_up_in_which_the_worker_stood_still_is_no_failure_of_the_endpoint(names: NameService) -> None:
    """Its thread stood still with it, so that nobody knows how long the name service took."""
    names.hanging.add("a.example")

    async def stands_still() -> None:
        look_up = asyncio.create_task(found(Resolver(), "a.example", 0.2))
        await asyncio.sleep(0)  # lets it begin
        # It stands for the process that does not run; nothing can be waited for, because nothing happens.
        time.sleep(2.5)  # noqa: ASYNC251  # to block the loop is what it is for
        with pytest.raises(NotStarted, match="this worker stood still"):
            await look_up
        names.release.set()

    asyncio.run(stands_still())


def test_a_look_up_that_did_not_start_is_no_failure_of_the_endpoint(
    names: NameService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound a look-up waits for a thread, at most until its deadline, and is charged to nobody."""
    monkeypatch.setitem(LIMITS, NamePace.STRANGER, 1)
    names.hanging.add("slow.example")
    names.addresses = {"slow.example": [["127.0.0.1"]], "b.example": [["127.0.0.1"]]}

    async def bounded() -> None:
        resolver = Resolver()
        with pytest.raises(Failure) as caught:
            await found(resolver, "slow.example", 0.05)
        assert caught.value.reason is Reason.DNS
        with pytest.raises(NotStarted):
            await found(resolver, "b.example", 0.05)
        names.release.set()
        assert await found(resolver, "b.example") == ("127.0.0.1",)

    asyncio.run(bounded())


def test_names_that_hang_never_hold_up_another_name(names: NameService, monkeypatch: pytest.MonkeyPatch) -> None:
    """They keep threads of their own, and are remembered, so that their next look-up costs no healthy name's place."""
    monkeypatch.setitem(LIMITS, NamePace.STRANGER, 2)
    monkeypatch.setattr(module, "SLOW_SECONDS", 0.02)
    dead = [f"dead{number}.example" for number in range(20)]
    names.hanging |= set(dead)
    names.addresses = {name: [["127.0.0.1"]] for name in (*dead, "well.example")}

    async def crowd() -> None:
        resolver = Resolver()
        hanging = [asyncio.create_task(found(resolver, name)) for name in dead]
        assert await found(resolver, "well.example") == ("127.0.0.1",)
        names.release.set()
        assert await asyncio.gather(*hanging) == [("127.0.0.1",)] * len(dead)

    asyncio.run(crowd())


def test_a_name_that_hung_does_not_start_where_all_places_for_such_are_taken(
    names: NameService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails at once as not started; it would have hung again."""
    monkeypatch.setitem(LIMITS, NamePace.SLOW, 1)
    monkeypatch.setattr(module, "SLOW_SECONDS", 0.0)
    names.hanging |= {"a.example", "b.example"}
    names.addresses = {"a.example": [["127.0.0.1"]], "b.example": [["127.0.0.1"]]}

    async def full() -> None:
        resolver = Resolver()
        for host in ("a.example", "b.example"):
            with pytest.raises(Failure):
                await found(resolver, host, 0.05)
        names.hanging.discard("b.example")
        resolver.ended("b.example", NamePace.STRANGER, quickly=False)
        with pytest.raises(NotStarted):
            await found(resolver, "b.example")
        names.release.set()

    asyncio.run(full())


def test_a_name_that_was_quick_waits_for_no_stranger(names: NameService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers that hang have all places of strangers and all of slow names, and keep them."""
    monkeypatch.setitem(LIMITS, NamePace.STRANGER, 2)
    monkeypatch.setitem(LIMITS, NamePace.SLOW, 1)
    monkeypatch.setattr(module, "SLOW_SECONDS", 0.02)
    dead = [f"dead{number}.example" for number in range(20)]
    names.addresses = {name: [["127.0.0.1"]] for name in (*dead, "well.example")}

    async def crowd() -> None:
        resolver = Resolver()
        await found(resolver, "well.example")
        names.hanging |= set(dead)
        hanging = [asyncio.create_task(found(resolver, name)) for name in dead]
        await asyncio.sleep(0.1)  # lets those that got a place hang
        for _ in range(3):
            assert await found(resolver, "well.example") == ("127.0.0.1",)
        assert not any(each.done() for each in hanging)
        names.release.set()
        await asyncio.gather(*hanging)

    asyncio.run(crowd())


def test_a_name_is_slow_until_a_look_up_of_it_is_quick(names: NameService, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a slow name, which responds in the end each time, takes no place of quick ones."""
    names.addresses = {"a.example": [["127.0.0.1"]]}
    names.hanging.add("a.example")

    async def looked_up() -> None:
        resolver = Resolver()
        assert resolver._places.pace_of("a.example") is NamePace.STRANGER
        monkeypatch.setattr(module, "SLOW_SECONDS", 0.0)
        waiting = asyncio.create_task(found(resolver, "a.example"))
        await asyncio.to_thread(
            wait_until, lambda: resolver._places.pace_of("a.example") is NamePace.SLOW, PATIENCE_SECONDS, "a slow name"
        )
        names.release.set()
        await waiting
        assert resolver._places.pace_of("a.example") is NamePace.SLOW
        monkeypatch.setattr(module, "SLOW_SECONDS", 20.0)
        await found(resolver, "a.example")
        assert resolver._places.pace_of("a.example") is NamePace.QUICK
        assert resolver._places._free == LIMITS

    asyncio.run(looked_up())


def test_what_is_remembered_of_names_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name that was not looked up for the longest time is forgotten."""
    monkeypatch.setattr("lessonhook.worker.client.lookup_places._REMEMBERED", 2)
    places = LookUpPlaces()
    for name in ("a.example", "b.example", "a.example", "c.example"):
        places.remember(name, slow=True)
    paces = [places.pace_of(name) for name in ("a.example", "b.example", "c.example")]
    assert paces == [NamePace.SLOW, NamePace.STRANGER, NamePace.SLOW]


@pytest.mark.parametrize("host", ["unknown.example", "ünicode.example"])
def test_a_name_that_is_not_found_fails_as_dns(names: NameService, host: str) -> None:
    """Unknown, or no name at all."""
    del names
    with pytest.raises(Failure, match="cannot be resolved") as caught:
        asyncio.run(found(Resolver(), host))
    assert caught.value.reason is Reason.DNS
