"""What a person may see and do over all subscribers, and the way to the desk of one."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Self

from lessonhook.config import made_once
from lessonhook.desk.acts.pull import FetchedBatch, fetch
from lessonhook.desk.acts.rebuild import Line, Rebuilding
from lessonhook.desk.acts.replay import Replayer, ReplayResult
from lessonhook.desk.one_subscriber import SubscriberDesk
from lessonhook.desk.redis_errors import redis_errors_named
from lessonhook.desk.resources import Resources
from lessonhook.desk.views.audit import AuditRecord
from lessonhook.desk.views.board import Board
from lessonhook.desk.views.certificates import Certificates
from lessonhook.desk.views.event import EventRecord
from lessonhook.desk.views.events import find_event
from lessonhook.desk.views.known import known_lane
from lessonhook.desk.views.quiet import QuietLms, QuietNow
from lessonhook.desk.views.state import SubscriberState
from lessonhook.desk.views.watch import Watch
from lessonhook.desk.views.workers import UnservedQueue, unserved_names, unserved_queues
from lessonhook.producer import Producer

if TYPE_CHECKING:
    from lessonhook.config import Settings
    from lessonhook.desk.acts.selection import Glimpsed, Selection
    from lessonhook.ledger import Ledger, SubscriptionView


@redis_errors_named
class Desk:
    """What a person may see and do: `Desk().of("acme").state()`.

    Without a producer it makes one, for the environment's settings. Nothing is connected before the first call.
    Calls raise `LedgerUnavailable` if Redis does not reply.
    """

    def __init__(self, producer: Producer | None = None) -> None:
        self._resources = Resources(producer or Producer())

    def of(self, subscriber: str) -> SubscriberDesk:
        """Return the desk of one subscriber, which need not exist."""
        return SubscriberDesk(self._resources, subscriber)

    def subscribers(self) -> list[str]:
        """Return the names of all subscribers with a subscription or undelivered events, sorted."""
        return self._ledger.lanes.subscribers()

    def subscriptions(self) -> "list[SubscriptionView]":
        """Return all subscriptions, sorted by subscriber, without their credentials."""
        return list(self._ledger.subscriptions.views())

    def states(self, subscribers: Iterable[str] | None = None) -> list[SubscriberState]:
        """Return the states of the named subscribers, or of all, in the order of their names."""
        names = self.subscribers() if subscribers is None else list(subscribers)
        queues = unserved_names(self.unserved_queues())
        quiet = QuietNow.read(self._ledger).subscribers
        ends = self._ledger.subscriptions.certificate_ends(None if subscribers is None else names)
        lanes = self._ledger.lanes.statuses(names)
        return [
            SubscriberState.of(lane, queues, quiet.get(lane.subscriber), ends.get(lane.subscriber)) for lane in lanes
        ]

    def unserved_queues(self) -> list[UnservedQueue]:
        """Return the queues that no worker takes from, and since when; none if workers take from all."""
        return unserved_queues(self._ledger, self.settings)

    def quiet_lms(self) -> QuietLms | None:
        """Return since when the LMS publishes nothing, if that is unusual; None while it publishes as usual."""
        return QuietNow.read(self._ledger).lms

    def certificates(self) -> Certificates:
        """Return how many client certificates there are, and which have ended or end within 30 days."""
        return Certificates.of(self._ledger.subscriptions.certificate_ends())

    def unsubscribed(self) -> dict[str, int]:
        """Count the completions of the last days for subscribers without a subscription, most first."""
        return self._ledger.lanes.unsubscribed()

    @made_once
    def board(self) -> Board:
        """All subscribers in pages, the worst first, searched by name; for many viewers at once."""
        return Board(self._ledger, settings=self.settings)

    def watch(self) -> Watch:
        """Return a watch, whose looks say what changed since the look before."""
        return Watch(self._ledger, self.settings)

    def event(self, event_id: str) -> EventRecord:
        """Return an event of any subscriber. Raises `UnknownEvent` and `AmbiguousEvent`.

        An event of a removed subscriber without undelivered events is found only by `desk.of(…).event(…)`.
        """
        return find_event(self._ledger, event_id)

    def audit(self, *, at_most: int = 100) -> list[AuditRecord]:
        """Return who did what to which subscriber, the newest first; removed subscribers are among them."""
        return [AuditRecord.of(entry) for entry in self._ledger.audit.latest(at_most=at_most)]

    def search(self, text: str, *, limit: int = 50) -> list[EventRecord]:
        """Return the events of any subscriber, by the learner's or lesson's id, or four characters of the event's.

        They come by the names of their subscribers, until there are `limit` of them.
        """
        found: list[EventRecord] = []
        for name in self._ledger.events.subscribers_with(text.strip()):
            if len(found) >= limit:
                break
            found += self.of(name).search(text, limit=limit)
        return found[:limit]

    def choose(self, selection: "Selection") -> list[EventRecord]:
        """Return the events of a selection in the order to send them; see `Selection.choose` for what it raises."""
        if selection.subscriber:
            known_lane(self._ledger, selection.subscriber)
        return selection.choose(self._ledger)

    def find(self, selection: "Selection") -> Iterator[EventRecord]:
        """Yield the events of a selection as they are read, in no order, so that a million need no memory."""
        if selection.subscriber:
            known_lane(self._ledger, selection.subscriber)
        return selection.find(self._ledger)

    def glances(self, selection: "Selection") -> "Iterator[Glimpsed]":
        """Yield what `find` yields, with the state and the times of each event only, several times faster."""
        if selection.subscriber:
            known_lane(self._ledger, selection.subscriber)
        return selection.glances(self._ledger)

    def replay(self, events: Iterable[EventRecord], *, by: str) -> Iterator[ReplayResult]:
        """Send events again, from this process, in their order, and yield how each ended. `by` is who sends."""
        return map(Replayer(self._resources, by).replay, events)

    def rebuild(
        self,
        lines: Iterable[bytes],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        dry_run: bool = False,
    ) -> Iterator[Line]:
        """Publish the completions that the ledger does not know, and yield what became of each line.

        Each line is JSON, with the fields that `.delay()` takes. `since` and `until` choose by `completed_at`.
        Raises `PublishFailed`; the same lines may be given again afterwards.
        """
        rebuilding = Rebuilding(producer=self._resources.producer, since=since, until=until)
        return rebuilding.count(lines) if dry_run else rebuilding.publish(lines)

    def fetch(self, token: str, *, after: str = "", limit: int = 100) -> FetchedBatch:
        """Return the next completions, 100 at most, of the subscriber whose token it is, the oldest first.

        `after` is the id of the last completion that the subscriber has stored: what it was given up to that one is
        delivered, and is not returned again. Raises `WrongToken`, `NotByPull`, `FetchedTooOften` and `UnknownEvent`.
        """
        return fetch(self._resources, token, after=after, limit=limit)

    def close(self) -> None:
        """Close every connection that the desk opened, those of its producer too."""
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def settings(self) -> "Settings":
        """The settings that the desk works by."""
        return self._resources.settings

    @property
    def _ledger(self) -> "Ledger":
        return self._resources.ledger
