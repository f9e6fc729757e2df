"""What the demo published: the third record, written neither by the ledger nor by the receiver."""

import time
from dataclasses import dataclass

from lessonhook.producer import CompletionEvent, Producer


@dataclass(frozen=True, slots=True)
class Entry:
    """One published completion."""

    #: 1 for the first of all.
    number: int
    subscriber: str
    event_id: str
    learner: str
    lesson: str
    title: str
    completed_at: int
    #: On `time.monotonic()`, just before `.delay()`.
    at: float


class Book:
    """Publishes, and records what it has published."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self.entries: list[Entry] = []

    def publish(self, event: CompletionEvent) -> Entry:
        """Call `.delay()` and record the event."""
        at = time.monotonic()
        publication = self._producer.send_completion.delay(event)
        entry = Entry(
            number=len(self.entries) + 1,
            subscriber=event.subscriber,
            event_id=publication.id,
            learner=event.user.id,
            lesson=event.lesson.id,
            title=event.lesson.title,
            completed_at=int(event.completed_at.timestamp()),
            at=at,
        )
        self.entries.append(entry)
        return entry

    def of(self, subscriber: str) -> list[Entry]:
        """Return what was published for one company, oldest first."""
        return [entry for entry in self.entries if entry.subscriber == subscriber]
