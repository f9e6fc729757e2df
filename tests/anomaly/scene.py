"""One run: a company of its own, what it was told of, what its endpoint saw, and what `.delay()` did."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from lessonhook.console.processes import wait_until
from lessonhook.ledger import LaneStatus
from lessonhook.producer import CompletionEvent, Lesson, Subscription, User
from tests.anomaly.world import World
from tests.support.endpoints.exchange import ACCEPTED, Post, Response
from tests.support.environment import environment_of

if TYPE_CHECKING:
    from tests.anomaly.pages import Visit
    from tests.anomaly.tools import Forked, Ran

_FIRST_COMPLETED = datetime(2026, 3, 1, 12, tzinfo=UTC)
#: A bound for what is sure to come; nothing takes so long unless it hangs.
PATIENCE_SECONDS = 120.0
#: No command takes so long; one that does hangs, and is killed.
_COMMAND_SECONDS = 120.0
#: Decides what the endpoint replies to the n-th POST of an event.
Behaviour = Callable[[str, int], Response]


@dataclass(slots=True)
class Call:
    """One call of the LMS's."""

    what: str
    seconds: float
    error: BaseException | None


@dataclass(slots=True)
class Endpoint:
    """What the company's endpoint saw and replied."""

    behaviour: Behaviour = lambda _event, _number: ACCEPTED
    arrived: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    #: How many responses of an event were no acceptance.
    failures: Counter[str] = field(default_factory=Counter)

    def __call__(self, post: Post) -> Response:
        """Reply to one POST."""
        event_id = post.header("webhook-id")
        self.arrived[event_id].append(post.arrived)
        response = self.behaviour(event_id, len(self.arrived[event_id]))
        if not 200 <= response.status < 300:
            self.failures[event_id] += 1
        return response


class Scene:
    """The parts of one run."""

    def __init__(self, world: World, subscriber: str) -> None:
        self.world = world
        self.subscriber = subscriber
        self.endpoint = Endpoint()
        #: Ids in the order in which they were accepted.
        self.published: list[str] = []
        self.refused: list[CompletionEvent] = []
        self.calls: list[Call] = []
        self.commands: list[Ran] = []
        self.visits: list[Visit] = []
        #: What a scenario itself found wrong.
        self.notes: list[str] = []
        #: The machine was too busy for what the scenario has to do in time, so that nothing was tested.
        self.came_late = False
        #: A file of the scenario's.
        self.file = world.directory / f"{subscriber}.jsonl"
        #: Of a page: a sample that somebody asked for, and the token by which a subscriber fetches.
        self.errand = self.token = ""
        self.started: Forked
        self.started_port = 0
        self._count = 0
        world.receiver.respond(f"/{subscriber}", self.endpoint)
        world.watcher.subscriptions.put(self.subscription())

    def subscription(self, **options: Any) -> Subscription:
        """Return the company's subscription."""
        url = self.world.receiver.url(f"/{self.subscriber}")
        return Subscription(subscriber=self.subscriber, callback_url=url, **options)

    def completion(self) -> CompletionEvent:
        """Make the completion of one more learner."""
        self._count += 1
        return CompletionEvent(
            subscriber=self.subscriber,
            user=User(id=f"learner-{self._count}", name="A Learner", email="learner@example.com"),
            lesson=Lesson(id="1000", title="Fire Safety"),
            completed_at=_FIRST_COMPLETED + timedelta(seconds=self._count),
        )

    def publish(self, event: CompletionEvent | None = None, *, past_doors: bool = False) -> str | None:
        """Publish a completion; note an error, and the event that the LMS has to publish again."""
        event = event or self.completion()
        producer = self.world.watcher if past_doors else self.world.producer
        begun = time.monotonic()
        try:
            publication = producer.send_completion.delay(event)
        except Exception as error:  # noqa: BLE001  # which errors may be raised is what is judged
            self.calls.append(Call("delay", time.monotonic() - begun, error))
            self.refused.append(event)
            return None
        self.calls.append(Call("delay", time.monotonic() - begun, None))
        if publication.id not in self.published:
            self.published.append(publication.id)
        return publication.id

    def publish_together(self, what: str, publish: Callable[[list[CompletionEvent]], object]) -> None:
        """Publish three completions by one call; note an error, and that the LMS has to publish them again."""
        ids = [f"{self.subscriber}-{number}" for number in range(1, 4)]
        events = [self.completion().model_copy(update={"event_id": event_id}) for event_id in ids]
        self.published += ids
        if not self.call(what, lambda: publish(events)):
            self.refused += events

    def call(self, what: str, function: Callable[[], object]) -> bool:
        """Call something of the LMS's interface; note how it went."""
        begun = time.monotonic()
        try:
            function()
        except Exception as error:  # noqa: BLE001  # which errors may be raised is what is judged
            self.calls.append(Call(what, time.monotonic() - begun, error))
            return False
        self.calls.append(Call(what, time.monotonic() - begun, None))
        return True

    def command(self, *words: str) -> None:
        """Run a command of the command line, by the doors of the tools; note how it went."""
        environment = environment_of(self.world.settings_of("tool"))
        self.commands.append(self.world.nursery.run(["lessonhook", *words], environment, _COMMAND_SECONDS))

    def publish_refused(self) -> list[BaseException]:
        """Publish again what was refused, as the LMS is told to; return the errors."""
        refused, self.refused = self.refused, []
        before = len(self.calls)
        for event in refused:
            self.publish(event)
        return [call.error for call in self.calls[before:] if call.error]

    @property
    def status(self) -> LaneStatus:
        """The lane, read past all doors."""
        return self.world.ledger.lanes.status(self.subscriber)

    def wait(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait for something that is sure to come."""
        wait_until(condition, seconds, what)

    def release(self) -> None:
        """Let the endpoint reply to what hangs."""
        self.world.receiver.release(f"/{self.subscriber}")

    def leave(self) -> None:
        """Remove the company, so that nothing of this run goes on in the next."""
        self.release()
        self.world.watcher.subscriptions.delete(self.subscriber)
