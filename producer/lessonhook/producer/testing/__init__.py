"""For an LMS's own tests: a pytest fixture that keeps the completions that would be sent, with no Redis and no worker.

In a conftest.py: `pytest_plugins = ["lessonhook.producer.testing"]`. pytest does not find the plugin by itself, because
every test run on the machine would then import Celery. Without pytest, `recording` does the same.

PYTEST_DONT_REWRITE: it asserts nothing, and a conftest.py may import `Outbox` before pytest imports this.
"""

from contextlib import suppress

from lessonhook.producer.testing.outbox import Outbox, SentCompletion, recording

with suppress(ModuleNotFoundError):
    # Without pytest there is no fixture.
    from lessonhook.producer.testing.plugin import sent_completions

__all__ = ["Outbox", "SentCompletion", "recording", "sent_completions"]
