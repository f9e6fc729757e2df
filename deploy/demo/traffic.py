"""Companies and completions to look at: a steady one, a slow one, and one whose endpoint is down every other while.

docker compose --profile demo up        (.env.example says what the workers must be allowed for it)

It needs nothing but lessonhook itself: a completion a second for each company, answered by endpoints of its own.
"""

import argparse
import http.server
import signal
import threading
import time
from datetime import UTC, datetime

from lessonhook.producer import (
    CompletionEvent,
    Lesson,
    PublishFailed,
    Subscription,
    User,
    send_completion,
    subscriptions,
)

STEADY, SLOW, FLAKY = COMPANIES = ("steady", "slow", "flaky")
#: The slow one takes so long to answer.
SLOW_SECONDS = 0.8
#: The flaky one is up for so long, and then down for as long.
FLAKY_SECONDS = 90.0
_STARTED = time.monotonic()


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Answers for all three, told apart by their paths."""

    def do_POST(self) -> None:  # the base class's name
        """Read what came and answer as this company does."""
        self.rfile.read(int(self.headers["Content-Length"]))
        company = self.path.strip("/")
        if company == SLOW:
            time.sleep(SLOW_SECONDS)
        down = company == FLAKY and int((time.monotonic() - _STARTED) / FLAKY_SECONDS) % 2
        self.send_response(503 if down else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent: Flower and the workers' log tell."""


def completion(company: str, number: int) -> CompletionEvent:
    """Make one that was not there before."""
    return CompletionEvent(
        subscriber=company,
        user=User(id=str(number), name=f"Learner {number}", email=f"learner-{number}@example.com"),
        lesson=Lesson(id="1000", title="Fire Safety"),
        score_percent=100.0,
        completed_at=datetime.now(UTC),
    )


def main() -> None:
    """Publish until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bind", default="127.0.0.1", help="the address that the endpoints listen on")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--reach", default="http://127.0.0.1:8099", help="the URL that workers reach them by")
    parser.add_argument("--every", type=float, default=1.0, metavar="SECONDS")
    chosen = parser.parse_args()
    ended = threading.Event()
    for ends in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ends, lambda *_: ended.set())
    endpoints = http.server.ThreadingHTTPServer((chosen.bind, chosen.port), Endpoint)
    threading.Thread(target=endpoints.serve_forever, daemon=True).start()
    for company in COMPANIES:
        subscriptions.put(Subscription(subscriber=company, callback_url=f"{chosen.reach}/{company}"))
    number = time.time_ns() // 1_000_000_000
    while not ended.wait(chosen.every):
        number += 1
        for company in COMPANIES:
            try:
                send_completion.delay(completion(company, number))
            except PublishFailed as error:
                print(error, flush=True)  # noqa: T201 - it is what this program says
    endpoints.shutdown()


if __name__ == "__main__":
    main()
