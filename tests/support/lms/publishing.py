"""An LMS publishes to its own broker and to ours, in turns; prints whose application is current, and what changed."""

import json

from celery import current_app

from lessonhook.producer import Subscription, send_completion, subscriptions
from tests.support.lms.completions import completion
from tests.support.lms.names import SUBSCRIBER
from tests.support.lms.school import app, remind, report
from tests.support.lms.surroundings import changes, surroundings

# The school has published before, so that what is pooled for the whole process is there.
remind.delay()
before = surroundings()
subscriptions.put(Subscription(subscriber=SUBSCRIBER, callback_url="https://acme.example.com/hook"))
publication = send_completion.delay(completion(0))
after = surroundings()
report.delay()
remind.delay()
facts = {
    "changed": changes(before, after),
    "current app is the school's": current_app._get_current_object() is app,
    "the shared task is the school's": report.app == app,
    "recorded": publication.recorded,
    "event": publication.id,
}
print(json.dumps(facts))  # noqa: T201 - its report
