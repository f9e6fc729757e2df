"""What `.delay()` answers."""

from dataclasses import dataclass

from lessonhook.ledger import Recorded


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of a completion: its event id, which is also its Celery task id, and what the ledger did with it."""

    id: str
    outcome: Recorded

    @property
    def task_id(self) -> str:
        """The same id, by the name that Celery's results have for it."""
        return self.id

    @property
    def accepted(self) -> bool:
        """Whether the ledger has the event: False only where the subscriber has no subscription."""
        return self.outcome is not Recorded.NO_SUBSCRIPTION
