"""Sorts any number of events by time in bounded memory, for lists that people and scripts read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from lessonhook.desk.acts.in_order import InOrder
from lessonhook.desk.views.event import EventRecord

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class SortedLines:
    """Lines about events that are added in any order and read once in the order of a time, then of the recording.

    More than some 32 MB go to temporary files that only this user can read. Use it as a context: its end deletes them.
    """

    def __init__(self) -> None:
        self._lines = InOrder()

    def add(self, at: datetime, recorded: datetime, line: str) -> None:
        """Add the line about an event that belongs at a time, and was recorded at another. It has no line end."""
        self._lines.add(at, (recorded - _EPOCH) // _MICROSECOND, line.encode())

    def __iter__(self) -> Iterator[str]:
        """Yield the lines, once."""
        for _, text in self._lines:
            yield text.decode()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()


class SortedEvents:
    """Events that are added in any order and read once in the order of a time, then of their recording.

    More than some 32 MB go to temporary files that only this user can read. Use it as a context: its end deletes them.
    """

    def __init__(self) -> None:
        self._lines = SortedLines()

    def add(self, at: datetime, event: EventRecord) -> None:
        """Add an event that belongs at this time."""
        self._lines.add(at, event.recorded, event.model_dump_json())

    def __iter__(self) -> Iterator[EventRecord]:
        """Yield the events, once."""
        for text in self._lines:
            yield EventRecord.model_validate_json(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *caught: object) -> None:
        self._lines.__exit__(*caught)
