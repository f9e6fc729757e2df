"""The same LMS, which has published a completion before its worker forks: its processes inherit what that opened."""

from lessonhook.producer import Subscription, send_completion, subscriptions
from tests.support.lms.completions import completion
from tests.support.lms.school import app

__all__ = ["app"]

subscriptions.put(Subscription(subscriber="warm", callback_url="https://acme.example.com/hook"))
send_completion.delay(completion(0, "warm"))
