"""Whether somebody delivers: the queues that no worker takes from, and the sentence that says so."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lessonhook.config import COMPLETIONS, RETRIES, Settings
from lessonhook.desk.views.document import Document, Moment
from lessonhook.desk.words.times import ago, moment

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger


class UnservedQueue(Document):
    """A queue that no worker takes from."""

    queue: str
    #: When a worker took from it last; None if none did in the last day.
    since: Moment | None

    @property
    def words(self) -> str:
        """What is wrong, in a sentence."""
        if self.since is None:
            return f"no worker takes from {self.queue}, and none did in the last day"
        return f"no worker takes from {self.queue} since {moment(self.since)} ({ago(self.since)})"


def unserved_queues(ledger: "Ledger", settings: Settings) -> list[UnservedQueue]:
    """Return the queues that nobody serves, by the workers' heartbeats; none if all is well."""
    found = ledger.heartbeats.unserved((COMPLETIONS, RETRIES), within_seconds=settings.alive_within_seconds)
    return [UnservedQueue.model_validate(each) for each in found]


def queue_of(*, failures_in_a_row: int) -> str:
    """Return the queue that the events of a lane are published to."""
    return RETRIES if failures_in_a_row else COMPLETIONS


def unserved_names(queues: Sequence[UnservedQueue]) -> frozenset[str]:
    """Return the names alone."""
    return frozenset(each.queue for each in queues)
