"""For an LMS's own tests: a pytest fixture that keeps what would have been sent, with no Redis and no worker.

In a conftest.py: `pytest_plugins = ["lessonhook.producer.testing"]`. It is no plugin that pytest finds by itself: every
test run on the machine would import Celery for it. Where tests run without pytest, `recording` does the same.

PYTEST_DONT_REWRITE: it asserts nothing, and a conftest.py may import `Outbox` before pytest gets here.
"""

from contextlib import suppress

from lessonhook.producer.testing.outbox import Outbox, SentCompletion, recording

with suppress(ModuleNotFoundError):
    # There is a fixture only where there is pytest.
    from lessonhook.producer.testing.plugin import sent_completions

__all__ = ["Outbox", "SentCompletion", "recording", "sent_completions"]
