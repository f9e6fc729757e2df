"""What a peer is told by its environment: where Redis and the endpoints are, and the numbers that all rows share."""

import os
from typing import Final

REDIS_URL: Final = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/0")
ENDPOINTS: Final = os.environ.get("BENCH_ENDPOINTS", "http://127.0.0.1:8000")
#: A folder for a peer that keeps files.
DIRECTORY: Final = os.environ.get("BENCH_DIRECTORY", ".")
#: What an endpoint has for its response.
DEADLINE_SECONDS: Final = float(os.environ.get("BENCH_DEADLINE_SECONDS", "15"))
RETRY_DELAY_SECONDS: Final = float(os.environ.get("BENCH_RETRY_DELAY_SECONDS", "300"))
#: Attempts in all are three.
RETRIES: Final = 2
#: How many tasks the task that does nothing waits for before it writes down how long they took.
EXPECTED: Final = int(os.environ.get("BENCH_EXPECTED", "0"))
#: Whether a Celery peer gets the transport of lessonhook's own worker, with its kept Redis client.
KEPT_CLIENT: Final = os.environ.get("BENCH_KEPT_CLIENT") == "1"


def url_of(subscriber: str) -> str:
    """Return a company's callback URL."""
    return f"{ENDPOINTS}/{subscriber}"
