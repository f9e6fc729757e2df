"""The payload by example: the whole body of a POST, because only the bytes show the format of a number."""

from typing import Final

from lessonhook.ledger.subscriptions import BodyOptions, every_body_option
from lessonhook.producer.contract import CompletionEvent, Lesson, User
from lessonhook.producer.rendering import render
from lessonhook.producer.sample import sample_event

_EVERY_FIELD: Final = BodyOptions(external_user_ids=True)
_EVERY_OPTION: Final = every_body_option()
_NUMBERS: Final = (0, 100, 7, 66.7, 33.333333333333336, 0.00001)


def _nulls() -> CompletionEvent:
    return CompletionEvent(
        subscriber="sample",
        user=User(id="1", name="Sample Sampleson", email=""),
        lesson=Lesson(id="1000", title="A Sample Lesson"),
        completed_at="2015-04-28T14:36:24Z",
    )


def sample() -> bytes:
    """Return the vendor's sample, in which no field is null, because low-code tools learn the types from it."""
    return render(sample_event(), _EVERY_FIELD)


def sample_of_nulls() -> bytes:
    """Return a payload in which each field is null or empty that may be."""
    return render(_nulls(), _EVERY_FIELD)


def sample_of_options() -> bytes:
    """Return the vendor's sample as a subscription with every option of the body receives it."""
    return render(sample_event(), _EVERY_OPTION)


def probes() -> list[bytes]:
    """Return payloads that together show each option, each null and the formats of numbers and times."""
    shapes = [BodyOptions(), _EVERY_FIELD, _EVERY_OPTION]
    events = [sample_event(), _nulls()]
    events += [sample_event().model_copy(update={"score_percent": float(number)}) for number in _NUMBERS]
    return [render(event, shape) for event in events for shape in shapes]
