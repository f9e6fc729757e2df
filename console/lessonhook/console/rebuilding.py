"""Gives the ledger what it has lost, from the LMS's own record: publishes each completion that it does not know."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final

from lessonhook.ledger import Recorded
from lessonhook.ledger.history import History
from lessonhook.producer import CompletionEvent, InvalidCompletion, Producer

#: Lines that a dry run asks the ledger about in one round trip.
_AT_ONCE: Final = 500
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Fate(StrEnum):
    """What became of a line."""

    #: It is on its way, or (in a dry run) would be.
    PUBLISHED = "published"
    #: The ledger has it already: nothing changed.
    KNOWN = "known"
    #: Its company has no subscription: nothing is sent to it.
    NO_SUBSCRIPTION = "no_subscription"
    #: Completed before or after the window.
    OUTSIDE = "outside"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the input, and what became of it."""

    number: int
    fate: Fate
    #: Why it is bad: the field and the rule, never a value.
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Completion:
    number: int
    event: CompletionEvent
    event_id: str


class _Subscribed(dict[str, bool]):
    """Which subscribers have a subscription; each is asked for once."""

    def __init__(self, producer: Producer) -> None:
        super().__init__()
        self._ledger = producer.ledger

    def __missing__(self, subscriber: str) -> bool:
        known = self[subscriber] = self._ledger.status(subscriber).subscribed
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilding:
    """Goes through completions as JSON lines, in the form in which `.delay()` takes them."""

    producer: Producer
    #: Only what was completed in this window, its ends included; None is open.
    since: datetime | None = None
    until: datetime | None = None

    def publish(self, lines: Iterable[bytes]) -> Iterator[Line]:
        """Publish what the ledger does not know, and yield each line's fate. Raises `PublishFailed`.

        After a failure the same input may be given again: what was published is known by then.
        """
        for each in self._read(lines):
            yield each if isinstance(each, Line) else self._publish(each)

    def count(self, lines: Iterable[bytes]) -> Iterator[Line]:
        """Yield what `publish` would answer, and publish nothing. Raises `redis.exceptions.RedisError`."""
        history, subscribed, seen = History(self.producer.ledger), _Subscribed(self.producer), set[str]()
        waiting = iter(self._read(lines))
        while chunk := list(islice(waiting, _AT_ONCE)):
            completions = [each for each in chunk if isinstance(each, _Completion)]
            known = history.known((each.event.subscriber, each.event_id) for each in completions)
            for each in chunk:
                if isinstance(each, Line):
                    yield each
                elif next(known) or each.event_id in seen:
                    yield Line(each.number, Fate.KNOWN)
                elif not subscribed[each.event.subscriber]:
                    yield Line(each.number, Fate.NO_SUBSCRIPTION)
                else:
                    seen.add(each.event_id)
                    yield Line(each.number, Fate.PUBLISHED)

    def _read(self, lines: Iterable[bytes]) -> Iterator[_Completion | Line]:
        for number, line in enumerate(lines, start=1):
            text = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
            if text.strip():
                yield self._completion(number, text)

    def _completion(self, number: int, text: bytes) -> _Completion | Line:
        try:
            event, event_id = self.producer.check(CompletionEvent.model_validate_json(text))
        except InvalidCompletion as error:
            return Line(number, Fate.BAD, str(error))
        completed = event.completed_at
        if (self.since and completed < self.since) or (self.until and completed > self.until):
            return Line(number, Fate.OUTSIDE)
        return _Completion(number, event, event_id)

    def _publish(self, completion: _Completion) -> Line:
        try:
            outcome = self.producer.send(completion.event).outcome
        except InvalidCompletion as error:
            # The subscription was changed since the line was checked.
            return Line(completion.number, Fate.BAD, str(error))
        if outcome is Recorded.DUPLICATE:
            return Line(completion.number, Fate.KNOWN)
        if outcome is Recorded.NO_SUBSCRIPTION:
            return Line(completion.number, Fate.NO_SUBSCRIPTION)
        return Line(completion.number, Fate.PUBLISHED)
