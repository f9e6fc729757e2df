"""The id of an event: the same completion is the same event, and nothing else is."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessonhook.producer.contract import CompletionEvent, Lesson, User, with_event_id
from lessonhook.producer.errors import InvalidCompletion
from lessonhook.producer.identity import NAMESPACE, event_id_of
from lessonhook.producer.sample import sample_event


def completion(
    subscriber: str = "acme", user: str | int = "7", lesson: str | int = "9", when: str = "2015-04-28T14:36:24Z"
) -> CompletionEvent:
    """Make a completion of these facts, the ones that an id is made of."""
    return CompletionEvent(
        subscriber=subscriber,
        user=User(id=user, name="Ada", email="ada@company.example"),
        lesson=Lesson(id=lesson, title="Safety"),
        completed_at=when,
    )


def test_the_id_is_the_same_for_ever() -> None:
    """Pinned: another id for a completion that is known already would send it a second time after an upgrade."""
    assert event_id_of(completion()) == "fdbdf9ab-4cd7-5898-9bd4-0833b273dd1c"


@given(learner=st.text(min_size=1, max_size=8).filter(str.strip), lesson=st.text(max_size=8).map(lambda end: f"9{end}"))
def test_it_is_a_uuid_of_version_5_over_a_json_list(learner: str, lesson: str) -> None:
    """So an LMS can work it out in any language: RFC 9562, section 5.5, over the facts as ASCII."""
    try:
        event = completion(user=learner, lesson=lesson)
    except InvalidCompletion:
        return
    facts = [event.subscriber, event.user.id, event.lesson.id, event.completed_at.isoformat()]
    assert event_id_of(event) == str(uuid5(NAMESPACE, json.dumps(facts)))


def test_an_id_that_the_lms_gives_is_used_as_it_is() -> None:
    """An LMS that numbers its completions finds them by its own numbers."""
    assert event_id_of(sample_event(event_id="completion:4711")) == "completion:4711"


def test_the_same_completion_has_the_same_id_however_it_is_written() -> None:
    """Ids as numbers or text, times in any zone and with any fraction, names corrected since."""
    renamed = completion().model_copy(update={"user": User(id="7", name="Ada L.", email="new@company.example")})
    variants = [completion(user=7, lesson=9), completion(when="2015-04-28T16:36:24.9+02:00"), renamed]
    assert {event_id_of(variant) for variant in variants} == {event_id_of(completion())}


def test_a_retake_is_an_event_of_its_own() -> None:
    """It has its own `completed_at`, a second later at least."""
    assert event_id_of(completion(when="2015-04-28T14:36:25Z")) != event_id_of(completion())


_FACTS = st.tuples(
    st.text("ab\",[]: \\'é", min_size=1, max_size=4).filter(str.strip),
    st.text("ab\",[]: \\'é", min_size=1, max_size=4).filter(str.strip),
)


@given(one=_FACTS, other=_FACTS)
def test_no_choice_of_ids_makes_two_completions_look_the_same(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Quotes, commas and brackets in an id do not shift the border between learner and lesson."""
    ids = [event_id_of(completion(user=user, lesson=lesson)) for user, lesson in (one, other)]
    assert (ids[0] == ids[1]) == (one == other)


def test_a_datetime_and_its_text_are_one_time() -> None:
    """An LMS may publish from its database and repeat from an export."""
    moment = datetime(2015, 4, 28, 16, 36, 24, tzinfo=timezone(timedelta(hours=2)))
    event = CompletionEvent.model_validate({**dict(completion()), "completed_at": moment})
    assert event_id_of(event) == event_id_of(completion())


@pytest.mark.parametrize("given_id", ["", " x", "x ", "é", "a\nb", "x" * 129, 7, b"x"])
def test_an_id_that_could_not_stand_in_a_header_is_refused(given_id: Any) -> None:
    """It is sent as `webhook-id`: printable ASCII, no blank at either end, at most 128 characters."""
    with pytest.raises(InvalidCompletion, match=r"^event_id: must be"):
        with_event_id(completion(), given_id)


def test_an_id_can_come_beside_the_event_but_not_against_it() -> None:
    """Celery's `task_id` is the event's id; two different ones are a mistake of the caller."""
    assert with_event_id(completion(), "a b").event_id == "a b"
    assert with_event_id(with_event_id(completion(), "x"), "x").event_id == "x"
    with pytest.raises(InvalidCompletion, match=r"^event_id: is given twice"):
        with_event_id(sample_event(event_id="x"), "y")
