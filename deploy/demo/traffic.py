"""Companies and completions to look at: a steady one, a slow one, and one whose endpoint is down every other while.

docker compose --profile demo up        (.env.example says what the workers must be allowed for it)

It needs nothing but lessonhook itself: a completion a second for each company, sent to endpoints of its own.
"""

import argparse
import contextlib
import signal
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from lessonhook.console.receiver import DOWN, Receiver, Response
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
#: How long the slow one takes to respond.
SLOW_SECONDS = 0.8
#: The flaky one is up for this time, then down for the same time, and so on.
FLAKY_SECONDS = 90.0
_STARTED = time.monotonic()


class Endpoints(Receiver):
    """The endpoints of all three."""

    def receive(self, subscriber: str, headers: Any, body: bytes) -> Response:
        """Respond as this company does."""
        del headers, body
        down = subscriber == FLAKY and int((time.monotonic() - _STARTED) / FLAKY_SECONDS) % 2
        return Response(DOWN if down else HTTPStatus.NO_CONTENT, SLOW_SECONDS if subscriber == SLOW else 0.0)


def completion(company: str, number: int) -> CompletionEvent:
    """Make a completion that was not sent before."""
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
    # Raised as by a Ctrl-C: an Event that a handler sets could wait for a lock that the interrupted wait holds.
    for ends in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ends, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), Endpoints(chosen.port, chosen.bind).listening():
        publish(chosen.reach, chosen.every)


def publish(reach: str, every_seconds: float) -> None:
    """Publish a completion for each company, wait for `every_seconds`, and go on until interrupted."""
    for company in COMPANIES:
        subscriptions.put(Subscription(subscriber=company, callback_url=f"{reach}/{company}"))
    number = time.time_ns() // 1_000_000_000
    while True:
        time.sleep(every_seconds)  # the pace that was asked for
        number += 1
        for company in COMPANIES:
            try:
                send_completion.delay(completion(company, number))
            except PublishFailed as error:
                print(error, flush=True)  # noqa: T201 - the log of this program


if __name__ == "__main__":
    main()
