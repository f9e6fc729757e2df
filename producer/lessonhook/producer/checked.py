"""Completions that break no rule and are not recorded yet: what is kept of each, and which are recorded together."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lessonhook.ledger import RECORDED_AT_ONCE, RECORDED_BYTES_AT_ONCE, FreshEvent
from lessonhook.ledger.subscriptions import body_options
from lessonhook.producer.contract import CompletionEvent
from lessonhook.producer.errors import InvalidCompletion
from lessonhook.producer.identity import event_id_of
from lessonhook.producer.publication import Publication
from lessonhook.producer.rendering import completion_of, render


class CheckedCompletion(NamedTuple):
    """A completion that breaks no rule, and its body as its subscription wanted it when it was checked."""

    #: Its place in the input, from 0 or from 1.
    number: int
    subscriber: str
    event: FreshEvent
    rendering: str
    #: The learner's id elsewhere. The body lacks it if its subscription does not want it, and may be rendered again.
    ext_uid: str | None

    def flat(self) -> tuple[int, str, str, bytes, str, str, int, str, str | None]:
        """Return it without classes: pickle takes a tenth of the time for it."""
        return self.number, self.subscriber, *self.event, self.rendering, self.ext_uid

    @classmethod
    def of_flat(cls, flat: tuple[int, str, str, bytes, str, str, int, str, str | None]) -> "CheckedCompletion":
        """Return what `flat` was called on."""
        number, subscriber, event_id, body, learner, lesson, completed_at, rendering, ext_uid = flat
        event = FreshEvent(event_id, body, learner, lesson, completed_at)
        return cls(number, subscriber, event, rendering, ext_uid)


def fresh_event(completion: CompletionEvent, body: bytes) -> FreshEvent:
    """Return a completion as the ledger takes it."""
    return FreshEvent(
        event_id=event_id_of(completion),
        body=body,
        learner=completion.user.id,
        lesson=completion.lesson.id,
        completed_at=int(completion.completed_at.timestamp()),
    )


def checked_completion(completion: CompletionEvent, number: int, rendering: str, body: bytes) -> CheckedCompletion:
    """Return a completion that breaks no rule, with its rendered body."""
    fresh = fresh_event(completion, body)
    return CheckedCompletion(number, completion.subscriber, fresh, rendering, completion.user.ext_uid)


def together(batch: Sequence[CheckedCompletion]) -> Iterator[Sequence[CheckedCompletion]]:
    """Yield those that one script records: of one subscriber, rendered alike, in their order, few and not too large.

    Redis serves others between two scripts, so this is how long an import holds up everybody else.
    """
    groups: dict[tuple[str, str], list[CheckedCompletion]] = {}
    for each in batch:
        groups.setdefault((each.subscriber, each.rendering), []).append(each)
    for group in groups.values():
        start = size = 0
        for end, each in enumerate(group):
            size += len(each.event.body)
            if end > start and (end - start == RECORDED_AT_ONCE or size > RECORDED_BYTES_AT_ONCE):
                yield group[start:end]
                start, size = end, len(each.event.body)
        yield group[start:]


def _completion_of(checked: CheckedCompletion) -> CompletionEvent:
    event = checked.event
    return completion_of(event.body, subscriber=checked.subscriber, event_id=event.event_id, ext_uid=checked.ext_uid)


def rendered_again(
    group: Iterable[CheckedCompletion], rendering: str, results: dict[int, Publication | InvalidCompletion]
) -> Iterator[CheckedCompletion]:
    """Yield completions rendered for other options. What these refuse is noted in the results."""
    options = body_options(rendering)
    for each in group:
        try:
            body = render(_completion_of(each), options)
            yield each._replace(rendering=rendering, event=each.event._replace(body=body))
        except InvalidCompletion as error:
            results[each.number] = error
