"""Many completions and servers that are late with each reply: the sum of all waits has a limit, as each of them has.

How many replies a call waits for tells how long it waited, and a busy machine only makes them fewer.
"""

import asyncio
import math
from collections.abc import Callable
from typing import Any, Final

import pytest

from lessonhook.console.processes import LOOPBACK
from lessonhook.ledger import Recorded, publish
from lessonhook.producer import CompletionEvent, PartlyPublished, Producer, Publications, PublishFailed, Subscription
from lessonhook.producer.app import CALL_SECONDS
from tests.support.lms.completions import completion
from tests.support.people.producing import ACME_URL, running_producer
from tests.support.servers.server import Server
from tests.support.servers.silent_port import silent_port
from tests.support.servers.tcp_proxy import Proxy
from tests.support.shortened import short_settings

#: Just below the limit of one reply.
_LATE_SECONDS: Final = 0.8
#: As `many_waits` has it in these tests: a third of what it is, because each of them lasts as long.
_CALLS: Final = 2
#: Those that come within the limit, the one that is no longer waited for, and those that were on their way with it.
_REPLIES: Final = math.ceil(_CALLS * CALL_SECONDS / _LATE_SECONDS) + 3
#: Each is a step of its own, far more than the limit has time for.
_COMPANIES: Final = 24

#: Publishes completions, calls a function when some of them are recorded, and publishes others.
ManyCall = Callable[[Producer, list[CompletionEvent], Callable[[], None], list[CompletionEvent]], Publications]


def delay_many(
    lms: Producer, first: list[CompletionEvent], between: Callable[[], None], then: list[CompletionEvent]
) -> Publications:
    """Publish as a command of an import does."""
    lms.send_completion.delay_many(first)
    between()
    return lms.send_completion.delay_many(then)


def adelay_many(
    lms: Producer, first: list[CompletionEvent], between: Callable[[], None], then: list[CompletionEvent]
) -> Publications:
    """Publish as a coroutine does; the connection is that of its loop."""

    async def publish() -> Publications:
        try:
            await lms.send_completion.adelay_many(first)
            between()
            return await lms.send_completion.adelay_many(then)
        finally:
            await lms.send_completion.aclose()

    return asyncio.run(publish())


CALLS: Final[tuple[ManyCall, ...]] = (delay_many, adelay_many)


@pytest.fixture(autouse=True)
def fewer_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the limit."""
    monkeypatch.setattr("lessonhook.producer.many_waits._CALLS", _CALLS)


def _subscribe(lms: Producer, *names: str) -> None:
    for name in names:
        lms.subscriptions.put(Subscription(subscriber=name, callback_url=ACME_URL))


def _names(prefix: str) -> list[str]:
    return [f"{prefix}-{number}" for number in range(_COMPANIES)]


def _each(number: int, names: list[str]) -> list[CompletionEvent]:
    return [completion(number, name) for name in names]


@pytest.mark.parametrize("call", CALLS)
def test_a_redis_that_is_late_with_each_record_ends_an_import_and_what_is_recorded_is_told(
    own_server: Server, call: ManyCall
) -> None:
    """The same call may be made again: what was recorded is recognised."""
    names = _names("company")
    with Proxy(own_server.port) as proxy, running_producer(short_settings(proxy.url_of())) as lms:
        _subscribe(lms, *names)
        with pytest.raises(PartlyPublished) as raised:
            call(lms, _each(1, names), lambda: proxy.reply_late(_LATE_SECONDS), _each(2, names))
        assert 1 <= proxy.late_replies <= _REPLIES
        proxy.reply_late(0.0)
        # What is on its way late is late, and the next connection is not.
        lms.close()
        confirmed = raised.value.confirmed
        assert confirmed < _COMPANIES
        done = call(lms, [], lambda: None, _each(2, names))
        assert done.total == _COMPANIES
        assert done.counts.get(Recorded.DUPLICATE, 0) >= confirmed
        assert [lms.ledger.lanes.status(name).recorded for name in names] == [2] * _COMPANIES


@pytest.mark.parametrize("call", CALLS)
def test_a_redis_that_is_late_with_each_check_ends_an_import_before_anything_is_stored(
    own_server: Server, call: ManyCall
) -> None:
    """The first completion of each company asks for the options of its subscription."""
    names = _names("company")
    with Proxy(own_server.port) as proxy, running_producer(short_settings(proxy.url_of())) as lms:
        _subscribe(lms, "acme", *names)
        with pytest.raises(PublishFailed) as raised:
            call(lms, [completion(1)], lambda: proxy.reply_late(_LATE_SECONDS), _each(2, names))
        assert not isinstance(raised.value, PartlyPublished)
        assert 1 <= proxy.late_replies <= _REPLIES
        proxy.reply_late(0.0)
        lms.close()
        assert call(lms, [], lambda: None, _each(2, names)).counts == {Recorded.QUEUED: _COMPANIES}


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("call", CALLS)
def test_a_broker_that_hangs_is_waited_for_a_few_times_and_all_is_accepted(
    own_server: Server, call: ManyCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each company has a message of its own. The sweep publishes those that the broker did not take."""
    waited: list[Any] = []
    for module in ("publisher", "loop_publisher"):
        monkeypatch.setattr(f"lessonhook.producer.{module}.publish", _counting(waited))
    names = _names("company")
    with silent_port() as port:
        url = f"amqp://guest:guest@{LOOPBACK}:{port}//"
        settings = short_settings(own_server.url).model_copy(update={"broker_url_setting": url})
        with running_producer(settings) as lms:
            _subscribe(lms, *names)
            done = call(lms, [], lambda: None, _each(1, names))
            assert done.accepted == _COMPANIES
            # Each of them is given up at a limit of its own, of 0.9 s at least, and two may wait at a time.
            assert 1 <= len(waited) <= 2 * math.ceil(_CALLS * CALL_SECONDS / 0.9)
            assert [lms.ledger.lanes.status(name).queued for name in names] == [1] * _COMPANIES


def _counting(waited: list[Any]) -> Callable[..., bool]:
    def count(app: Any, step: Any, **options: Any) -> bool:
        waited.append(step)
        return publish(app, step, **options)

    return count
