"""An LMS in a process of its own: publishes one completion after the other and prints each id that was accepted.

python -m tests.chaos.publishing_loop SUBSCRIBER HOW_MANY
"""

import sys

from lessonhook.producer import send_completion
from tests.chaos.scene import completion


def main(subscriber: str, count: int) -> None:
    """Publish, and say so at once: what is printed has been accepted."""
    for number in range(1, count + 1):
        publication = send_completion.delay(completion(subscriber, number))
        sys.stdout.write(f"{publication.id}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
