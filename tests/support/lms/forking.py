"""An LMS that forks after it has published, as a prefork server does; all processes publish at once.

Half of what they publish is for a company with a backlog, and is recorded; the other half is for companies with a slot
free, and is published as well.
"""

import os
import sys

from lessonhook.producer import Recorded, Subscription, send_completion, subscriptions
from tests.support.lms.completions import completion
from tests.support.lms.names import SUBSCRIBER

_CHILDREN, _EACH = 4, 25
_URL = "https://acme.example.com/hook"


def publish(first: int) -> bool:
    """Publish completions, and return whether each was taken as new."""
    numbers = range(first, first + _EACH)
    taken = {send_completion.delay(completion(number)).recorded for number in numbers}
    at_once = {send_completion.delay(completion(number, f"company-{number}")).recorded for number in numbers}
    return taken <= {Recorded.QUEUED, Recorded.HELD} and at_once == {Recorded.QUEUED}


subscriptions.put(Subscription(subscriber=SUBSCRIBER, callback_url=_URL))
firsts = [0, *(child * 1_000 for child in range(1, _CHILDREN + 1)), 500]
for begin in firsts:
    for company in range(begin, begin + _EACH):
        subscriptions.put(Subscription(subscriber=f"company-{company}", callback_url=_URL))
assert publish(firsts[0])
children = []
for begin in firsts[1:-1]:
    pid = os.fork()
    if pid == 0:
        os._exit(0 if publish(begin) else 1)
    children.append(pid)
assert publish(firsts[-1])
sys.exit(any(os.waitpid(pid, 0)[1] for pid in children))
