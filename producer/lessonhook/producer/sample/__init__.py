"""The vendor's published sample: as an event, and as the body that a subscriber gets."""

from lessonhook.producer.sample.sample_body import sample_body
from lessonhook.producer.sample.sample_event import sample_event

__all__ = ["sample_body", "sample_event"]
