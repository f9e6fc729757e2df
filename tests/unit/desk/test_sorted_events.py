"""Events in the order of a time, in bounded memory."""

from datetime import timedelta

from lessonhook.desk import SortedEvents
from tests.unit.desk.samples import EVENT, NOON


def test_events_come_in_the_order_of_their_time_and_then_of_their_recording() -> None:
    """They are what was added, to the last field."""
    late = EVENT.model_copy(update={"recorded": NOON + timedelta(seconds=1)})
    with SortedEvents() as events:
        events.add(NOON, late)
        events.add(NOON + timedelta(days=1), EVENT)
        events.add(NOON, EVENT)
        assert list(events) == [EVENT, late, EVENT]
