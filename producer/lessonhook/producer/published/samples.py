"""The payload by example: the bytes that are POSTed, whole, since a number's format shows in nothing else."""

from typing import Final

from lessonhook.producer.contract import CompletionEvent, Lesson, User
from lessonhook.producer.rendering import render
from lessonhook.producer.rendering_memory import Rendering
from lessonhook.producer.sample import sample_event

_EVERY_FIELD: Final = Rendering(external_user_ids=True)
_EVERY_OPTION: Final = Rendering(external_user_ids=True, numeric_ids=True, deprecated_score=True)
_NUMBERS: Final = (0, 100, 7, 66.7, 33.333333333333336, 0.00001)


def _nulls() -> CompletionEvent:
    return CompletionEvent(
        subscriber="sample",
        user=User(id="1", name="Sample Sampleson", email=""),
        lesson=Lesson(id="1000", title="A Sample Lesson"),
        completed_at="2015-04-28T14:36:24Z",
    )


def sample() -> bytes:
    """Answer the vendor's sample, in which no field is null: low-code tools learn the types from it."""
    return render(sample_event(), _EVERY_FIELD)


def sample_of_nulls() -> bytes:
    """Answer a payload in which all that may be null or empty is."""
    return render(_nulls(), _EVERY_FIELD)


def sample_of_options() -> bytes:
    """Answer the vendor's sample as a subscription with every option gets it."""
    return render(sample_event(), _EVERY_OPTION)


def probes() -> list[bytes]:
    """Answer payloads that between them show each option, each null and how numbers and times are written."""
    shapes = [Rendering(), _EVERY_FIELD, _EVERY_OPTION]
    events = [sample_event(), _nulls()]
    events += [sample_event().model_copy(update={"score_percent": float(number)}) for number in _NUMBERS]
    return [render(event, shape) for event in events for shape in shapes]
