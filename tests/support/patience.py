"""How long a test waits before it counts as hanging."""

from typing import Final

#: A bound for a hang, and no expectation: what tests wait for comes within a second or two on a quiet machine. On one
#: with two processors and a load of 17 it came within 30 s, so this is several times as much. pytest's own timeout for
#: a test is several times this one, so that a wait in vain ends by its own message.
PATIENCE_SECONDS: Final = 120.0
#: A bound for a hang of a call that publishes: with Redis away Celery alone takes over sixty. The promise is two
#: seconds, which `make anomaly` measures.
PUBLISHING_SECONDS: Final = 30.0


def patient_url(redis_url: str) -> str:
    """Return the URL with waits for its replies that are bounds for a hang, where lessonhook's own are a promise.

    A machine that does all else for a second must not fail a test whose Redis is up. A test in which it is away takes
    the plain URL.
    """
    return f"{redis_url}?socket_timeout={PUBLISHING_SECONDS}&socket_connect_timeout={PUBLISHING_SECONDS}"
