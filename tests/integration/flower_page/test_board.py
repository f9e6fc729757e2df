"""What a table of thousands costs: the lanes that are shown and those in trouble are asked for, the others are not."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

from lessonhook.config import Settings
from lessonhook.console.flower_page.rows import alarm_words
from lessonhook.desk import FRESH_SECONDS, Board, BoardOrder, Condition, SubscriberState
from lessonhook.ledger import LaneStatus, Ledger, Policy, Silence
from lessonhook.ledger.subscriptions import Subscription
from lessonhook.ledger.subscriptions.certificates import ClientCertificate
from lessonhook.ledger.transitions.keys import SHARDS
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.company import FAILED, GONE, Company
from tests.support.servers.command_counts import Asked, counted

_QUIET = 3_000


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def ledger(redis_client: redis.Redis) -> Ledger:
    """Return a ledger with thousands of subscribers at rest."""
    ledger = Ledger(redis_client, Policy())
    for number in range(_QUIET):
        ledger.subscribe(f"quiet-{number:04}", document=b"{}", endpoint="one", max_in_flight=None, max_per_second=None)
    ledger.heartbeats.beat("one@host", consuming=True, queues=["completions", "retries"])
    return ledger


def board_of(ledger: Ledger, clock: Callable[[], float] = time.monotonic) -> Board:
    """Return a board to which the worker above is alive however long a busy machine takes."""
    return Board(ledger, clock, Settings(sweep_interval_seconds=PATIENCE_SECONDS))


@pytest.fixture
def companies(ledger: Ledger) -> dict[str, Company]:
    """Return companies in trouble of every kind, with names at the end of the alphabet."""
    kinds = ("z-busy", "z-failing", "z-operator", "z-paused")
    companies = {name: Company(ledger.redis, ledger.policy, name) for name in kinds}
    companies["z-busy"].record("event")
    companies["z-failing"].record("event")
    companies["z-failing"].post(FAILED)
    companies["z-operator"].pause()
    companies["z-paused"].record("event")
    companies["z-paused"].post(GONE)
    return companies


def lanes_read(asked: Asked) -> int:
    """Return how many lanes were read: for each, Redis is asked for the sizes of four collections."""
    return asked.count("zcard") // 4


@pytest.mark.usefixtures("companies")
def test_trouble_is_on_top(ledger: Ledger) -> None:
    """Paused, failing, busy; then those at rest, by name."""
    page = board_of(ledger).page("", 0, 6)
    assert [state.subscriber for state in page.states] == [
        "z-paused",
        "z-operator",
        "z-failing",
        "z-busy",
        "quiet-0000",
        "quiet-0001",
    ]
    assert (page.matching, page.totals.subscribers) == (_QUIET + 4, _QUIET + 4)
    assert (page.totals.paused, page.totals.failing, page.totals.undelivered) == (2, 1, 3)


@pytest.mark.usefixtures("companies")
def test_who_fell_silent_stands_below_trouble(ledger: Ledger) -> None:
    """Above those that are well; and a silence of the whole LMS is among the lines on top."""
    now_ms = ledger.now_ms()
    silence = Silence(since_ms=now_ms - 432_000_000, noticed_ms=now_ms, per_year=0.01, expected=90.0)
    ledger.silences.write({"quiet-2999": silence, "removed-since": silence}, now_ms)
    ledger.silences.write_lms(silence, now_ms)
    page = board_of(ledger).page("", 0, 6)
    assert [state.subscriber for state in page.states][3:] == ["quiet-2999", "z-busy", "quiet-0000"]
    assert page.states[3].reason.startswith("nothing since ")
    assert page.totals.by_condition[Condition.QUIET] == 1
    assert page.totals.subscribers == _QUIET + 4
    [words] = alarm_words(page.totals.unserved, page.totals.lms_quiet)
    assert words.startswith("the LMS has published nothing since ")
    assert board_of(ledger).page("", 0, None, [Condition.QUIET]).matching == 1


@pytest.mark.usefixtures("companies")
def test_whose_certificate_ends_stands_above_those_that_are_well(ledger: Ledger) -> None:
    """Named among the lines on top, and beside the subscriber; read again only after a minute."""
    clock = Clock()
    board = board_of(ledger, clock)
    assert alarm_words([], None, board.page("", 0, 6).totals.certificates) == []
    ended = ClientCertificate("PEM", ends=int(time.time()) - 86_400)
    subscription = Subscription(subscriber="quiet-2999", callback_url="https://acme.example/hook")
    ledger.subscriptions.put(subscription.model_copy(update={"client_certificate": ended}))
    clock.now = 59.0
    assert board.page("", 0, 6).totals.certificates.total == 0
    clock.now = 61.0
    page = board.page("", 0, 6)
    assert [state.subscriber for state in page.states][3:] == ["z-busy", "quiet-2999", "quiet-0000"]
    assert page.states[4].condition is Condition.WELL
    assert page.states[4].reason.startswith("its client certificate ended on ")
    assert alarm_words([], None, page.totals.certificates) == [
        "1 of 1 client certificate ended or will end within 30 days: quiet-2999 (ended)"
    ]


@pytest.mark.usefixtures("companies")
def test_a_page_asks_only_for_its_own_lanes(ledger: Ledger, redis_client: redis.Redis) -> None:
    """Each lane in trouble and each lane shown is read, however many subscribers there are."""
    board = board_of(ledger)
    with counted(redis_client) as asked:
        board.page("", 100, 25)
    assert lanes_read(asked) == 4 + 25
    with counted(redis_client) as asked:
        board.page("", 125, 25)
    assert lanes_read(asked) == 25


@pytest.mark.usefixtures("companies")
def test_a_lane_that_was_read_for_the_order_is_not_read_again_for_the_page(
    ledger: Ledger, redis_client: redis.Redis
) -> None:
    """`lessonhook status --all` where thousands fail would ask for each of them twice."""
    with counted(redis_client) as asked:
        page = board_of(ledger).page("", 0, 6)
    assert len(page.states) == 6
    assert lanes_read(asked) == 6


@pytest.mark.usefixtures("companies")
def test_only_of_lanes_that_are_shown_a_state_is_made(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 10,000 in trouble a screen shows thirty; the order and the sums need a few figures of each."""
    made: list[str] = []
    state_of = SubscriberState.of

    def noting(lane: LaneStatus, *facts: Any) -> SubscriberState:
        made.append(lane.subscriber)
        return state_of(lane, *facts)

    monkeypatch.setattr(SubscriberState, "of", noting)
    page = board_of(ledger).page("", 0, 2)
    assert page.totals.undelivered == 3
    assert made == ["z-paused", "z-operator"]


def test_whose_certificate_ends_is_asked_once_a_shard(ledger: Ledger, redis_client: redis.Redis) -> None:
    """And not once for each of thousands of subscribers, most of whom have no certificate."""
    with counted(redis_client) as asked:
        assert ledger.subscriptions.certificate_ends() == {}
    assert asked.count("fcall") == SHARDS
    assert asked.round_trips < SHARDS / 2
    assert asked.count("hmget") == 0


def test_the_order_is_kept_for_a_moment_and_the_lanes_are_not(ledger: Ledger, companies: dict[str, Company]) -> None:
    """Any number of open pages costs the order once; what a row shows is of this moment."""
    clock = Clock()
    board = board_of(ledger, clock)
    assert board.page("z-busy", 0, 1).states[0].undelivered == 1
    companies["z-busy"].record("another")
    companies["z-busy"].pause()
    page = board.page("z-", 0, 4)
    assert page.states[-1].subscriber == "z-busy"
    assert page.states[-1].undelivered == 2
    clock.now += FRESH_SECONDS
    assert board.page("z-", 0, 4).states[0].subscriber == "z-busy"


@pytest.mark.usefixtures("companies")
def test_names_are_searched_in_any_case(ledger: Ledger) -> None:
    """By any part of them."""
    board = board_of(ledger)
    page = board.page("ET-29", 0, 200)
    assert [state.subscriber for state in page.states] == [f"quiet-29{number:02}" for number in range(100)]
    assert (page.matching, page.totals.subscribers) == (100, _QUIET + 4)
    assert board.page("nobody", 0, 25).states == []


@pytest.mark.parametrize(
    ("order", "first"),
    [
        (BoardOrder.SUBSCRIBER, ["z-paused", "z-operator"]),
        (BoardOrder.GOING, ["z-busy"]),
        (BoardOrder.RETRYING, ["z-failing"]),
        (BoardOrder.HELD, ["z-paused"]),
    ],
)
def test_any_figure_can_be_the_order(
    ledger: Ledger, companies: dict[str, Company], order: BoardOrder, first: list[str]
) -> None:
    """Over all subscribers and not over one page; those with nothing of it come last, or first the other way round."""
    board = board_of(ledger)
    shown = board.page("", 0, 4, order=order, descending=True)
    assert [state.subscriber for state in shown.states][: len(first)] == first
    whole = board.page("", 0, None, order=order)
    assert whole.states[-1].subscriber == first[0]
    assert len(whole.states) == _QUIET + len(companies)


def test_the_order_can_be_how_long_events_wait(ledger: Ledger, companies: dict[str, Company]) -> None:
    """The longest wait first, and those for whom nothing waits at the end."""
    companies["z-operator"].pass_time(60)
    companies["z-operator"].record("the latest")
    shown = board_of(ledger).page("", 0, 5, order=BoardOrder.OLDEST, descending=True)
    names = [state.subscriber for state in shown.states]
    assert set(names[:3]) == {"z-busy", "z-failing", "z-paused"}
    assert names[3] == "z-operator"
    assert shown.states[4].undelivered == 0


@pytest.mark.usefixtures("companies")
def test_the_worst_state_is_first_where_no_order_is_asked_for(ledger: Ledger) -> None:
    """And last the other way round."""
    board = board_of(ledger)
    names = [state.subscriber for state in board.page("z-", 0, 4).states]
    assert [state.subscriber for state in board.page("z-", 0, 4, descending=True).states] == names[::-1]
