"""Gives the ledger back what it has lost: publishes each completion of the LMS's own record that it does not know."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final

from lessonhook.desk.acts.in_order import InOrder
from lessonhook.ledger import Recorded
from lessonhook.producer import CompletionEvent, InvalidCompletion, Producer

#: Lines for which a dry run asks the ledger in one round trip.
_AT_ONCE: Final = 500
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Fate(StrEnum):
    """What became of one line."""

    #: It is recorded now; in a dry run, it would be.
    PUBLISHED = "published"
    #: The ledger has it already, so nothing changed.
    KNOWN = "known"
    #: Its subscriber has no subscription, so nothing is sent.
    NO_SUBSCRIPTION = "no_subscription"
    #: Completed before or after the window.
    OUTSIDE = "outside"
    BAD = "bad"


#: Of all other results the event is recorded.
_FATES: Final = {Recorded.DUPLICATE: Fate.KNOWN, Recorded.NO_SUBSCRIPTION: Fate.NO_SUBSCRIPTION}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input, and what became of it."""

    number: int
    fate: Fate
    #: Why it is bad: the field and the rule that it breaks, never a value.
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Completion:
    number: int
    event: CompletionEvent
    event_id: str
    text: bytes


class _Subscribed(dict[str, bool]):
    """Knows which subscribers have a subscription; each is read once."""

    def __init__(self, producer: Producer) -> None:
        super().__init__()
        self._ledger = producer.ledger

    def __missing__(self, subscriber: str) -> bool:
        known = self[subscriber] = self._ledger.lanes.status(subscriber).subscribed
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilding:
    """Reads completions as JSON lines, with the fields that `.delay()` takes."""

    producer: Producer
    #: Only what was completed in this window, both ends included; None leaves an end open.
    since: datetime | None = None
    until: datetime | None = None

    def publish(self, lines: Iterable[bytes]) -> Iterator[Line]:
        """Publish what the ledger does not know, and yield the fate of each line. Raises `PublishFailed`.

        Completions are published by `completed_at`, whatever the order of the lines, so that of one learner and lesson
        the last one that is sent is the newest. All lines are read first, in bounded memory.
        After a failure the same input may be given again, because what was published is known by then.
        """
        in_order = InOrder()
        try:
            for each in self._read(lines):
                if isinstance(each, Line):
                    yield each
                else:
                    in_order.add(each.event.completed_at, each.number, each.text)
            yield from self._publish(in_order)
        finally:
            in_order.close()

    def count(self, lines: Iterable[bytes]) -> Iterator[Line]:
        """Yield what `publish` would yield, and publish nothing. Raises `RedisError`."""
        history, subscribed, seen = self.producer.ledger.history, _Subscribed(self.producer), set[tuple[str, str]]()
        waiting = iter(self._read(lines))
        while chunk := list(islice(waiting, _AT_ONCE)):
            completions = [each for each in chunk if isinstance(each, _Completion)]
            known = history.known((each.event.subscriber, each.event_id) for each in completions)
            for each in chunk:
                if isinstance(each, Line):
                    yield each
                    continue
                # Two subscribers may have an event of one id, if the LMS gives ids of its own.
                place = each.event.subscriber, each.event_id
                if next(known) or place in seen:
                    yield Line(each.number, Fate.KNOWN)
                elif not subscribed[each.event.subscriber]:
                    yield Line(each.number, Fate.NO_SUBSCRIPTION)
                else:
                    seen.add(place)
                    yield Line(each.number, Fate.PUBLISHED)

    def _read(self, lines: Iterable[bytes]) -> Iterator[_Completion | Line]:
        for number, line in enumerate(lines, start=1):
            text = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
            if text.strip():
                yield self._completion(number, text)

    def _completion(self, number: int, text: bytes) -> _Completion | Line:
        try:
            event, event_id = self.producer.publisher.check(CompletionEvent.model_validate_json(text))
        except InvalidCompletion as error:
            return Line(number, Fate.BAD, str(error))
        completed = event.completed_at
        if (self.since and completed < self.since) or (self.until and completed > self.until):
            return Line(number, Fate.OUTSIDE)
        return _Completion(number, event, event_id, text)

    def _publish(self, lines: Iterable[tuple[int, bytes]]) -> Iterator[Line]:
        """Publish lines some hundreds at a time. One that is bad by now was good when it was read first."""
        waiting = iter(lines)
        while chunk := list(islice(waiting, _AT_ONCE)):
            checked = []
            for number, text in chunk:
                try:
                    checked.append(self.producer.publisher.checked(CompletionEvent.model_validate_json(text), number))
                except InvalidCompletion as error:
                    yield Line(number, Fate.BAD, str(error))
            for completion, result in self.producer.publisher.send_checked(checked):
                if isinstance(result, InvalidCompletion):
                    yield Line(completion.number, Fate.BAD, str(result))
                else:
                    yield Line(completion.number, _FATES.get(result.recorded, Fate.PUBLISHED))
