"""An LMS in a process of its own, of any release: publishes at an even pace until its input ends, and prints the ids.

It imports of lessonhook only what every release has, so that `rolling_upgrade` can run it with a former one.
"""

import sys
import threading
from datetime import UTC, datetime, timedelta

from lessonhook.producer import CompletionEvent, Lesson, User, send_completion

_FIRST_COMPLETED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def main(subscribers: list[str], learner: str, per_second: float) -> None:
    """Publish for one subscriber after the other; what is printed, as subscriber and id, has been accepted."""
    over = threading.Event()

    def await_end() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=await_end, daemon=True).start()
    number = 0
    while not over.wait(1 / per_second):
        number += 1
        event = CompletionEvent(
            subscriber=subscribers[number % len(subscribers)],
            user=User(id=f"{learner}-{number}", name=f"Learner {number}", email=f"l{number}@example.com"),
            lesson=Lesson(id="1000", title="Fire Safety"),
            completed_at=_FIRST_COMPLETED + timedelta(seconds=number),
        )
        publication = send_completion.delay(event)
        sys.stdout.write(f"{event.subscriber} {publication.id}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1].split(","), sys.argv[2], float(sys.argv[3]))
