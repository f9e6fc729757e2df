"""Sorts lines by time in bounded memory: full batches go to temporary files, which are merged at the end."""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, Final

#: Text that is sorted in memory at a time: some 60,000 completions.
_BATCH_BYTES: Final = 32_000_000
#: So many files are open at a time, far below a process's usual limit of 1,024. More are merged into one.
_FILES: Final = 128
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


class InOrder:
    """Lines that are added in any order, and read once in the order of their times, then of their numbers.

    The files have no name and are readable by this user alone, because the lines name learners.
    """

    def __init__(self, batch_bytes: int = _BATCH_BYTES) -> None:
        self._batch_bytes = batch_bytes
        self._batch: list[bytes] = []
        self._size = 0
        self._files: list[IO[bytes]] = []

    def add(self, moment: datetime, number: int, text: bytes) -> None:
        """Add the text of one line."""
        # Digits of one width, so that bytes sort as the numbers do.
        microseconds = (moment - _EARLIEST) // timedelta(microseconds=1)
        line = b"%020d %020d %s\n" % (microseconds, number, text.strip())
        self._batch.append(line)
        self._size += len(line)
        if self._size >= self._batch_bytes:
            self._spill()

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield the number and the text of each line."""
        self._batch.sort()
        for line in heapq.merge(*self._files, self._batch):
            _, number, text = line.rstrip(b"\n").split(b" ", 2)
            yield int(number), text
        self.close()

    def close(self) -> None:
        """Delete the files."""
        for file in self._files:
            file.close()
        self._files, self._batch, self._size = [], [], 0

    def _spill(self) -> None:
        self._batch.sort()
        self._keep(iter(self._batch))
        self._batch, self._size = [], 0
        if len(self._files) >= _FILES:
            merged, self._files = self._files, []
            self._keep(heapq.merge(*merged))
            for file in merged:
                file.close()

    def _keep(self, lines: Iterator[bytes]) -> None:
        file = TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._files.append(file)
        file.writelines(lines)
        file.seek(0)
