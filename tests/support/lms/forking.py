"""An LMS that forks after it has published, as a prefork server does; all processes publish at once."""

import os
import sys

from lessonhook.producer import Recorded, Subscription, send_completion, subscriptions
from tests.support.lms.completions import completion
from tests.support.lms.names import SUBSCRIBER

_CHILDREN, _EACH = 4, 25


def publish(first: int) -> bool:
    """Publish completions, and answer whether each was taken as new."""
    taken = {send_completion.delay(completion(number)).outcome for number in range(first, first + _EACH)}
    return taken <= {Recorded.QUEUED, Recorded.HELD}


subscriptions.put(Subscription(subscriber=SUBSCRIBER, callback_url="https://acme.example.com/hook"))
assert publish(0)
children = []
for child in range(1, _CHILDREN + 1):
    pid = os.fork()
    if pid == 0:
        os._exit(0 if publish(child * 1_000) else 1)
    children.append(pid)
assert publish(500)
sys.exit(any(os.waitpid(pid, 0)[1] for pid in children))
