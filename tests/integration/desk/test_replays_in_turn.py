"""A replay waits for its turn, by the subscription's pace or as the endpoint asked; meanwhile all may change."""

import pytest

from lessonhook.config import Settings
from lessonhook.desk import Desk, Replayed, Selection
from lessonhook.desk.acts.replay import Replayer
from lessonhook.desk.resources import Resources
from lessonhook.ledger import State
from lessonhook.producer import Producer
from lessonhook.worker.celery_app.worker_celery import WorkerCelery, create_app
from lessonhook.worker.delivery.errand import ErrandRun
from lessonhook.worker.runtime.stop_flag import StopFlag
from tests.support.endpoints.exchange import ACCEPTED, Response
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored

_ASKS_TO_WAIT = Response(status=429, headers=(("Retry-After", "9"),))


def test_what_is_erased_before_its_turn_is_not_sent(
    desk: Desk, customer: Customer, stored: Stored, producer: Producer
) -> None:
    """The person who replays would otherwise send what another one has just erased."""
    first, second = stored.held("41"), stored.held("42")
    customer.respond(_ASKS_TO_WAIT, ACCEPTED)
    waits: list[float] = []

    def erase_meanwhile(seconds: float) -> None:
        waits.append(seconds)
        desk.of("acme").erase("42", by="eve")

    with Resources(producer) as resources:
        replayer = Replayer(resources, "ada", sleep=erase_meanwhile)
        chosen = desk.choose(Selection(subscriber="acme", states=[State.HELD]))
        ended = [replayer.replay(event) for event in chosen]
    assert len(waits) == 1
    assert [result.replayed for result in ended] == [Replayed.FAILED, Replayed.SKIPPED]
    assert customer.arrived == [first]
    assert desk.of("acme").event(second).state is State.ERASED


class _Meanwhile(StopFlag):
    """A flag whose first real wait ends at once, when something has happened."""

    def __init__(self, desk: Desk, *, stops: bool) -> None:
        super().__init__()
        self._desk = desk
        self._stops = stops

    def wait(self, seconds: float) -> None:
        if seconds > 0 and self._stops:
            self.set()
        elif seconds > 0:
            self._desk.of("acme").erase("42", by="eve")


def _run(app: WorkerCelery, flag: StopFlag, errand_id: str) -> None:
    app.runtime.stopping = flag
    try:
        ErrandRun(app.runtime, "acme", errand_id).run()
    finally:
        app.runtime.close()


@pytest.mark.parametrize(
    ("stops", "said"), [(True, "the worker was stopped"), (False, "its subscription, its record or its body is gone")]
)
def test_a_worker_looks_again_when_the_turn_of_an_errands_post_has_come(
    desk: Desk, customer: Customer, stored: Stored, settings: Settings, *, stops: bool, said: str
) -> None:
    """Told to stop, it does not cut the wait short that the endpoint asked for, and it sends nothing erased."""
    first, second = stored.held("41"), stored.held("42")
    customer.respond(_ASKS_TO_WAIT, ACCEPTED)
    errand = desk.of("acme").ask_for_replay(first, second, by="ada")
    _run(create_app(settings), _Meanwhile(desk, stops=stops), errand.errand_id)
    posts = desk.of("acme").errand(errand.errand_id).posts
    assert customer.arrived == [first]
    assert [post.words for post in posts][1:] == [said]


class _Recording(StopFlag):
    """A flag that notes each wait and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.mark.parametrize(("max_per_second", "waits"), [(0.05, [20.0, 20.0]), (0.0003, [])])
def test_an_errand_keeps_to_the_subscriptions_pace(
    desk: Desk, customer: Customer, stored: Stored, settings: Settings, *, max_per_second: float, waits: list[float]
) -> None:
    """A pace below one in ten seconds as well. What would keep a worker's thread for an hour is not sent."""
    events = [stored.held(str(number)) for number in range(41, 44)]
    customer.respond(ACCEPTED)
    desk.of("acme").save(by="ada", max_per_second=max_per_second)
    errand = desk.of("acme").ask_for_replay(*events, by="ada")
    flag = _Recording()
    _run(create_app(settings), flag, errand.errand_id)
    arrive = 1 + len(waits)
    assert customer.arrived == events[:arrive]
    assert flag.waits == pytest.approx(waits, abs=10)
    for post in desk.of("acme").errand(errand.errand_id).posts[arrive:]:
        assert post.words.startswith("not tried: by its max_per_second it would have to wait for ")
