"""A whole system to be broken: companies, an endpoint that records, workers, and the account at the end."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from lessonhook.ledger import LaneStatus, Ledger, Recorded, State
from lessonhook.producer import CompletionEvent, Lesson, Producer, PublishFailed, Subscription, User
from tests.support.endpoints.exchange import Script
from tests.support.endpoints.receiver import Receiver
from tests.support.endpoints.recorder import Recorder
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.account import Account, at_rest, draw_up
from tests.support.people.producing import running_producer
from tests.support.people.stored_fields import event_fields
from tests.support.processes.workers import Worker, Workers, running_workers
from tests.support.shortened import short_settings

_FIRST_COMPLETED: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
#: What the promise allows on top of a lease and a sweep: to publish, to take up, to post.
ALLOWANCE_SECONDS: Final = 5.0
#: What a busy machine may take on top: far below the minute that Celery alone hangs without its broker, and the quarter
#: of an hour of the visibility timeout. `kill_nine` measures the seconds exactly.
BUSY_SECONDS: Final = 30.0


def chaos_settings(redis_url: str, broker_url: str | None = None) -> Settings:
    """Return settings under which a lease of 2 s, a sweep each quarter second and a retry after 1 s are the rule."""
    return short_settings(redis_url).model_copy(
        update={
            "broker_url_setting": broker_url,
            "request_deadline_seconds": 1.0,
            "lease_margin_seconds": 1.0,
            "sweep_interval_seconds": 0.25,
            "republish_after_seconds": 1.0,
            "retry_delay_seconds": 1.0,
            "worker_slots": 16,
        }
    )


def completion(subscriber: str, number: int) -> CompletionEvent:
    """Make the completion of a learner of its own."""
    return CompletionEvent(
        subscriber=subscriber,
        user=User(id=f"learner-{number}", name=f"Learner {number}", email=f"l{number}@example.com"),
        lesson=Lesson(id="1000", title="Fire Safety"),
        completed_at=_FIRST_COMPLETED + timedelta(seconds=number),
    )


class Scene:
    """The parts of one system; a fault is what a test does to them."""

    def __init__(self, settings: Settings, producer: Producer, receiver: Receiver, workers: Workers) -> None:
        self.settings = settings
        self.producer = producer
        self.receiver = receiver
        self.workers = workers
        self.recorder = Recorder(receiver)
        #: When the last account found nothing under way any more, on `time.monotonic()`.
        self.rested = 0.0
        #: What every `.delay()` that returned has accepted, by subscriber.
        self.published: dict[str, list[str]] = {}
        #: Whose `.delay()` raised `PublishFailed`: Redis may have recorded them, or it may not.
        self.refused: list[CompletionEvent] = []
        self._accepted: list[CompletionEvent] = []
        self._numbers = itertools.count(1)

    @property
    def ledger(self) -> Ledger:
        """The ledger, as the producer has it."""
        return self.producer.ledger

    @property
    def recovery_seconds(self) -> float:
        """Within what time the work of a killed worker has to be done: its lease, a sweep, and the allowances."""
        promised = self.settings.lease_seconds + self.settings.sweep_interval_seconds + ALLOWANCE_SECONDS
        return promised + BUSY_SECONDS

    def respond(self, behaviour: Script) -> None:
        """Let the endpoint do so with all that comes from now on."""
        self.recorder.behaviour = behaviour

    def company(self, name: str = "acme", max_in_flight: int | None = None) -> str:
        """Save the subscription of a company, and return its name."""
        url = self.recorder.listen(f"/{name}")
        self.producer.subscriptions.put(Subscription(subscriber=name, callback_url=url, max_in_flight=max_in_flight))
        self.published.setdefault(name, [])
        return name

    def companies(self, count: int) -> list[str]:
        """Save so many subscriptions, and return their names."""
        return [self.company(f"company-{number}") for number in range(count)]

    def publish(self, subscriber: str, count: int = 1) -> list[str]:
        """Publish so many completions, and return their event ids. Raises `PublishFailed` as `.delay()` does."""
        return [self._publish(completion(subscriber, next(self._numbers))) for _ in range(count)]

    def backfill(self, subscriber: str, count: int) -> list[str]:
        """Hand over so many completions of the past, and return their event ids."""
        events = [completion(subscriber, next(self._numbers)) for _ in range(count)]
        assert self.producer.send_completion.backfill(events).accepted == count
        publications = [self.producer.send_completion.delay(event) for event in events]
        self.published[subscriber] += [publication.id for publication in publications]
        return [publication.id for publication in publications]

    def publish_again(self) -> int:
        """Publish what was refused, as the docs ask of an LMS: the same event as it is. Return how many there were."""
        refused, self.refused = self.refused, []
        for event in refused:
            self._publish(event)
        return len(refused)

    def publish_all_again(self) -> list[str]:
        """Publish all that was ever accepted, as an LMS may; return what the ledger did not know any more."""
        publications = [self.producer.send_completion.delay(event) for event in self._accepted]
        return [publication.id for publication in publications if publication.recorded is not Recorded.DUPLICATE]

    def _publish(self, event: CompletionEvent) -> str:
        try:
            publication = self.producer.send_completion.delay(event)
        except PublishFailed:
            self.refused.append(event)
            raise
        assert publication.accepted
        self.published[event.subscriber].append(publication.id)
        self._accepted.append(event)
        return publication.id

    def status(self, subscriber: str = "acme") -> LaneStatus:
        """Read a lane."""
        return self.ledger.lanes.status(subscriber)

    def total(self, field: str) -> int:
        """Add up one count over all lanes."""
        return sum(getattr(self.status(name), field) for name in self.published)

    def replace(self, worker: Worker, settings: Settings | None = None) -> float:
        """Kill a worker with SIGKILL and start another one; return when that one was ready, on `time.monotonic()`.

        From then on the promise counts: how long a process takes to start is the machine's business.
        """
        worker.kill()
        self.workers.start(settings=settings)
        return time.monotonic()

    def state(self, subscriber: str, event_id: str) -> State:
        """Return where an event is."""
        return State(event_fields(self.ledger, subscriber, event_id)["state"])

    def leases_lost(self, event_id: str) -> int:
        """Return how often a worker was lost, or taken for lost, with this event in hand."""
        [subscriber] = [name for name, ids in self.published.items() if event_id in ids]
        return int(event_fields(self.ledger, subscriber, event_id).get("leases_lost", 0))

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Wait for something that is sure to come."""
        wait_until(condition, PATIENCE_SECONDS, what)

    def wait_for_deliveries(self, count: int) -> None:
        """Wait until the ledger counts so many."""
        self.wait(lambda: self.total("delivered") >= count, f"{count} deliveries")

    def account(self) -> Account:
        """Wait until nothing is under way any more, and draw up the account of all that was published."""
        wait_until(
            lambda: all(at_rest(self.status(name)) for name in self.published),
            PATIENCE_SECONDS,
            lambda: f"rest; {[self.status(name) for name in self.published if not at_rest(self.status(name))]}",
        )
        self.rested = time.monotonic()
        return draw_up(self.ledger, self.recorder, self.published)

    def seconds_since(self, moment: float) -> float:
        """Return how long ago a moment on `time.monotonic()` was, for bounds that the promise names."""
        return time.monotonic() - moment


@contextmanager
def open_scene(settings: Settings, directory: Path, *, worker_settings: Settings | None = None) -> Iterator[Scene]:
    """Open a scene on a server that runs; `worker_settings` are for workers that see Redis by another way."""
    with (
        Receiver() as receiver,
        running_workers(worker_settings or settings, directory) as workers,
        running_producer(settings) as producer,
    ):
        yield Scene(settings, producer, receiver, workers)
