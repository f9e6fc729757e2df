"""The vendor's published sample as an event, for testing an endpoint and for tools that learn from a sample."""

from lessonhook.producer.contract import CompletionEvent, Lesson, User


def sample_event(subscriber: str = "sample", event_id: str | None = None) -> CompletionEvent:
    """Return the vendor's sample completion, in which every field has a value."""
    return CompletionEvent(
        subscriber=subscriber,
        event_id=event_id,
        user=User(
            ext_uid="1234567890",
            id="1",
            name="Sample Sampleson",
            email="sample@company.com",
            custom_fields={"Custom Field Name": "Custom Field Value"},
        ),
        lesson=Lesson(id="1000", title="A Sample Lesson", retake_score=85),
        score_percent=100.0,
        started_at="2015-04-28T14:36:22Z",
        completed_at="2015-04-28T14:36:24Z",
        assigned_at="2015-04-28T14:36:18Z",
        report_card_url="http://sample.lesson.ly/assignments/100",
    )
