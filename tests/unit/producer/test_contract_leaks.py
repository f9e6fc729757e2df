"""A refused completion says which field and which rule, and nothing of what was in it, wherever one looks."""

import json
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from lessonhook.config import LessonhookError
from lessonhook.producer.contract import CompletionEvent, Lesson, User, parse_event
from lessonhook.producer.errors import InvalidCompletion

MARK = "MARK-5e0d"
#: Each field wrong, and each wrong value marked.
WRONG: dict[str, Any] = {
    "subscriber": f"{MARK} blank",
    "user": {
        "id": [MARK],
        "name": f"{MARK}\x00",
        "email": {"address": MARK},
        "ext_uid": MARK.encode(),
        "custom_fields": {MARK: [MARK]},
        f"{MARK} no name": MARK,
    },
    "lesson": {"id": {MARK}, "title": f"{MARK}\ud800", "retake_score": MARK},
    "score_percent": MARK,
    "started_at": f"{MARK}T00:00:00Z",
    "completed_at": MARK,
    "assigned_at": MARK.encode(),
    "report_card_url": f"gopher://{MARK}",
    "event_id": f" {MARK}",
    "unknown": MARK,
    f"{MARK}@company.example": MARK,
}


def _json(wrong: dict[str, Any]) -> CompletionEvent:
    # Half of a surrogate pair is no JSON: the whole document would be refused.
    return CompletionEvent.model_validate_json(json.dumps(wrong, default=str).replace("\\ud800", ""))


@pytest.mark.parametrize(
    "make",
    [parse_event, CompletionEvent.model_validate, lambda wrong: CompletionEvent(**wrong), _json],
    ids=["parse_event", "model_validate", "constructor", "model_validate_json"],
)
def test_no_way_of_making_an_event_quotes_a_value(make: Callable[[dict[str, Any]], object]) -> None:
    """Not the text, not the arguments, not a chained error, not a traceback's text."""
    with pytest.raises(InvalidCompletion) as caught:
        make(WRONG)
    error = caught.value
    assert {"subscriber", "user.name", "completed_at", "event_id", "unknown"} <= set(error.problems)
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = [str(error), repr(error), repr(error.args), repr(vars(error)), "".join(traceback.format_exception(error))]
    assert MARK not in "".join(shown)


def test_a_part_quotes_nothing_either() -> None:
    """An LMS makes the learner and the lesson on their own."""
    for part, wrong in ((User, WRONG["user"]), (Lesson, WRONG["lesson"])):
        with pytest.raises(InvalidCompletion) as caught:
            part(**wrong)
        assert caught.value.__context__ is None
        assert MARK not in str(caught.value)


def test_json_that_is_none_is_refused_without_being_quoted() -> None:
    """An outbox that was cut off holds half a document."""
    with pytest.raises(InvalidCompletion, match=r"^completion: must be JSON$"):
        CompletionEvent.model_validate_json(f'{{"subscriber": "{MARK}')


def test_an_event_shows_nothing_of_the_learner() -> None:
    """Its `repr` ends up in logs and tracebacks: whose event and which one, no more."""
    event = CompletionEvent(
        subscriber="acme",
        user=User(id=1, name=MARK, email=MARK, ext_uid=MARK, custom_fields={MARK: MARK}),
        lesson=Lesson(id=MARK, title=MARK),
        completed_at="2015-04-28T14:36:24Z",
        report_card_url=f"https://{MARK}",
        event_id="x",
    )
    assert repr(event) == "CompletionEvent(subscriber='acme', event_id='x')"
    assert MARK not in "".join([str(event), repr(event.user), str(event.user), repr(event.lesson), f"{event.lesson}"])


def test_one_error_catches_all_and_crosses_processes() -> None:
    """`LessonhookError` is the root; a pickled error keeps its problems."""
    with pytest.raises(LessonhookError) as caught:
        parse_event({})
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - of our own making
    assert isinstance(copy, InvalidCompletion)
    assert copy.problems == {
        "subscriber": "is required",
        "user": "is required",
        "lesson": "is required",
        "completed_at": "is required",
    }
    assert str(copy) == "; ".join(f"{field}: {rule}" for field, rule in copy.problems.items())
