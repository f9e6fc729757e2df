"""Sorts any number of events by time in bounded memory, for lists that people and scripts read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from lessonhook.desk.acts.in_order import InOrder
from lessonhook.desk.views.event import EventRecord

_EPOCH: Final = datetime.fromtimestamp(0, UTC)


class SortedEvents:
    """Events that are added in any order and read once in the order of a time, then of their recording.

    More than some 32 MB go to temporary files that only this user can read. Use it as a context: its end deletes them.
    """

    def __init__(self) -> None:
        self._lines = InOrder()

    def add(self, at: datetime, event: EventRecord) -> None:
        """Add an event that belongs at this time."""
        recorded = (event.recorded - _EPOCH) // timedelta(microseconds=1)
        self._lines.add(at, recorded, event.model_dump_json().encode())

    def __iter__(self) -> Iterator[EventRecord]:
        """Yield the events, once."""
        for _, text in self._lines:
            yield EventRecord.model_validate_json(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
