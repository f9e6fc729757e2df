"""A traced LMS with a Celery application of its own: one request publishes completions, and its span is looked after.

python -m tests.support.observability.traced_lms SUBSCRIBER COUNT
"""

import json
import sys
from datetime import UTC, datetime, timedelta

from celery import Celery, current_app
from opentelemetry import trace

from lessonhook.producer import CompletionEvent, Lesson, Producer, User
from tests.support.observability.spans import trace_this_process


def main(subscriber: str, count: int) -> None:
    """Publish so many, each in a request of its own; print their event ids, and what the LMS saw change in itself."""
    trace_this_process()
    theirs = Celery("lms", broker="memory://")
    theirs.set_current()
    producer = Producer()
    ids, strays = [], 0
    for number in range(count):
        event = CompletionEvent(
            subscriber=subscriber,
            user=User(id=f"learner-{number}", name="Learner", email="learner@example.com"),
            lesson=Lesson(id="1000", title="Fire Safety"),
            completed_at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=number),
        )
        with trace.get_tracer("lms").start_as_current_span(f"request {number}") as request:
            ids.append(producer.send_completion.delay(event).id)
            strays += trace.get_current_span() is not request
    app_changed = current_app._get_current_object() is not theirs
    sys.stdout.write(json.dumps({"ids": ids, "stray_spans": strays, "app_changed": app_changed}))
    producer.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
