"""What an operator names in LESSONHOOK_WORKER_IMPORTS to have a worker traced; the spans go into the test's file."""

from tests.support.observability.spans import trace_this_process

trace_this_process()
