"""Publishes many completions: checks all of them first, keeps them aside, then records them some at a time."""

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final

from lessonhook.config import late_replies_limited
from lessonhook.producer.checked import CheckedCompletion
from lessonhook.producer.completion_dict import CompletionDict
from lessonhook.producer.contract import CompletionEvent
from lessonhook.producer.errors import InvalidCompletion, InvalidCompletions, PartlyPublished, PublishFailed
from lessonhook.producer.many_waits import ManyWaits
from lessonhook.producer.publication import Publication, Publications

if TYPE_CHECKING:
    from lessonhook.ledger import Recorded
    from lessonhook.producer.publisher import Publisher

#: Completions that are kept in memory at a time, some 10 MB; all others are in a file.
_BATCH: Final = 2_000
#: Completions whose broken rules are kept; of an input that is wrong throughout, the rest would say the same.
_WRONG: Final = 10_000


def refuse_one(events: object) -> None:
    """Raise `InvalidCompletions` for one completion, or a text, where many are expected.

    Each of its fields would be taken for a completion that is none.
    """
    if isinstance(events, Mapping | CompletionEvent | str | bytes):
        rule = f"must be many, and not one {type(events).__name__}: put it into a list, or publish it by `delay`"
        raise InvalidCompletions({0: {"completions": rule}})


class CheckedMany:
    """Completions that were checked and not published yet.

    The first ones are in memory, the others in a temporary file, which has no name and only this user can read.
    """

    def __init__(
        self,
        publisher: "Publisher",
        events: Iterable[CompletionEvent | CompletionDict] = (),
        *,
        backfill: bool = False,
    ) -> None:
        """Check each completion. Raise `InvalidCompletions` after the last one if any breaks a rule.

        With `backfill` they tell the past.
        """
        self._publisher = publisher
        self._backfill = backfill
        self._batch: list[CheckedCompletion] = []
        self._file: IO[bytes] | None = None
        self._wrong: dict[int, dict[str, str]] = {}
        self._counts: Counter[Recorded] = Counter()
        #: From the first check to the last record.
        self.waits = ManyWaits(publisher.call_seconds)
        self.total = 0
        #: How many of the first ones of the input are surely recorded.
        self.confirmed = 0
        try:
            self._check(events)
        except BaseException:
            self.close()
            raise

    def _check(self, events: Iterable[CompletionEvent | CompletionDict]) -> None:
        refuse_one(events)
        for number, event in enumerate(events):
            try:
                with late_replies_limited(self.waits.late):
                    checked = self._publisher.checked(event, number)
                self.keep(checked)
            except InvalidCompletion as error:
                if not self.note_wrong(number, error):
                    break
        self.refuse_wrong()

    def note_wrong(self, number: int, error: InvalidCompletion) -> bool:
        """Note what is wrong with a completion; return False if no more is noted."""
        self._wrong[number] = error.problems
        return len(self._wrong) < _WRONG

    def refuse_wrong(self) -> None:
        """Raise `InvalidCompletions` if any completion broke a rule."""
        if self._wrong:
            raise InvalidCompletions(self._wrong)

    def keep(self, checked: CheckedCompletion) -> None:
        """Keep a completion until all are checked; none is kept once one is wrong."""
        if self._wrong:
            return
        if len(self._batch) == _BATCH:
            if self._file is None:
                self._file = TemporaryFile()  # noqa: SIM115 - closed by `close`
            pickle.dump([each.flat() for each in self._batch], self._file, pickle.HIGHEST_PROTOCOL)
            self._batch = []
        self._batch.append(checked)
        self.total += 1

    def batches(self) -> Iterator[list[CheckedCompletion]]:
        """Yield them in the order of the input, some at a time."""
        if self._file is not None:
            end = self._file.tell()
            self._file.seek(0)
            while self._file.tell() < end:
                flat = pickle.load(self._file)  # noqa: S301 - written above, and nobody else can open it
                yield [CheckedCompletion.of_flat(each) for each in flat]
        yield self._batch

    def count(self, batch: Iterable[CheckedCompletion], results: Mapping[int, Publication | InvalidCompletion]) -> None:
        """Count the results of a batch, up to the first completion that has none."""
        for checked in batch:
            result = results.get(checked.number)
            if result is None:
                return
            self._count(checked, result)

    def _count(self, checked: CheckedCompletion, result: Publication | InvalidCompletion) -> None:
        self.confirmed += 1
        if isinstance(result, InvalidCompletion):
            # The subscription's options changed since it was checked.
            self._wrong[checked.number] = result.problems
        else:
            self._counts[result.recorded] += 1

    def publications(self) -> Publications:
        """Return how many there were of each result. Raise `InvalidCompletions` if the subscription refused some."""
        self.refuse_wrong()
        return Publications(self._counts)

    def publish(self) -> Publications:
        """Record and publish them. Raise `PartlyPublished` if Redis is too late; the same call may be made again."""
        try:
            completions = chain.from_iterable(self.batches())
            sending = self._publisher.send_checked(completions, backfill=self._backfill, waits=self.waits)
            for checked, result in sending:
                self._count(checked, result)
        except PublishFailed as error:
            raise PartlyPublished(str(error), self.confirmed) from error
        finally:
            self.close()
        return self.publications()

    def close(self) -> None:
        """Forget them all, and delete the file."""
        self._batch = []
        if self._file is not None:
            self._file.close()
            self._file = None
