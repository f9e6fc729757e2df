"""Events as the page shows them: with the learner and the lesson of the body, a name only to those who may see it."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lessonhook.config import visible
from lessonhook.page.wording import STATES, attempt_words

if TYPE_CHECKING:
    from lessonhook.desk import EventRecord, SubscriberDesk
    from lessonhook.page.translation import Translation
    from lessonhook.page.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One event in words."""

    event: "EventRecord"
    completed: str
    #: The learner's id, with the name if the viewer may see it; "" if the body is gone.
    learner: str
    #: The lesson's id, with the title if the viewer may see it.
    lesson: str
    state: str
    #: What the endpoint said last.
    said: str


def row_of(t: "Translation", desk: "SubscriberDesk", viewer: "Viewer", event: "EventRecord") -> Row:
    """Read the event's body for the ids of its learner and its lesson."""
    body = desk.body(event.event_id)
    facts: dict[str, Any] = {} if body is None else json.loads(body)
    return Row(
        event=event,
        completed=t.moment(event.completed),
        learner=_named(facts.get("user", {}), "name", viewer),
        lesson=_named(facts.get("lesson", {}), "title", viewer),
        state=t.gettext(STATES[event.state]),
        said=attempt_words(t, event.last_attempt),
    )


def _named(facts: dict[str, Any], name: str, viewer: "Viewer") -> str:
    known = str(facts.get("id", ""))
    # A mark of direction in a name would turn what stands beside it around.
    return visible(f"{facts[name]} ({known})" if viewer.may_see_bodies and facts.get(name) else known)
