"""How long a test waits before it counts as hanging."""

from typing import Final

#: A bound for a hang, and no expectation: what tests wait for comes within a second or two on a quiet machine. On one
#: with two processors and a load of 17 it came within 30 s, so this is several times as much. pytest's own timeout for
#: a test is several times this one, so that a wait in vain ends by its own message.
PATIENCE_SECONDS: Final = 120.0
#: A bound for a hang of a call that publishes: with Redis away Celery alone takes over sixty. The promise is two
#: seconds, which `make anomaly` measures.
PUBLISHING_SECONDS: Final = 30.0
