"""What `.delay()` and `.delay_many()` return."""

from collections.abc import Mapping
from dataclasses import dataclass

from lessonhook.ledger import Recorded


@dataclass(frozen=True, slots=True)
class Publication:
    """The result of publishing one completion: its event id, which is also its Celery task id, and what was done."""

    id: str
    #: What the ledger did with the event, such as `queued` or `duplicate`.
    recorded: Recorded

    @property
    def task_id(self) -> str:
        """The same id, under the name that Celery's results use."""
        return self.id

    @property
    def accepted(self) -> bool:
        """Whether the ledger has the event: False only if the subscriber has no subscription."""
        return self.recorded is not Recorded.NO_SUBSCRIPTION


@dataclass(frozen=True, slots=True)
class Publications:
    """The result of publishing many completions: how many there were, by what the ledger did with each."""

    counts: Mapping[Recorded, int]

    @property
    def total(self) -> int:
        """How many completions there were."""
        return sum(self.counts.values())

    @property
    def accepted(self) -> int:
        """How many of them the ledger has now: all but those whose subscriber has no subscription."""
        return self.total - self.counts.get(Recorded.NO_SUBSCRIPTION, 0)
