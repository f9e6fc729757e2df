"""Sends one completion to an endpoint of its own and waits until it arrives; exits 0 if it did.

It runs beside a worker, in the same container: `docker compose exec -T worker-completions python - <send_one.py`. So
it uses nothing but what the image has.
"""

import sys

from lessonhook.console.processes import TookTooLong, wait_until
from lessonhook.console.receiver import RecordingReceiver
from lessonhook.producer import Subscription, send_completion, subscriptions
from lessonhook.producer.sample import sample_event

WAIT_SECONDS = 60


def main() -> int:
    """Return 0 if the completion arrived, 1 if it did not."""
    event_id = sys.argv[1] if len(sys.argv) > 1 else "smoke"
    with RecordingReceiver().listening() as receiver:
        subscriptions.put(Subscription(subscriber=event_id, callback_url=receiver.url(event_id)))
        send_completion.delay(sample_event(event_id, event_id))
        try:
            wait_until(lambda: receiver.arrivals(event_id), WAIT_SECONDS, "the completion")
        except TookTooLong as late:
            print(late)  # noqa: T201  # the test reads it
            return 1
        finally:
            subscriptions.delete(event_id)
        [arrival] = receiver.arrivals(event_id)
    print("arrived" if arrival.event_id == event_id else f"{arrival.event_id} arrived")  # noqa: T201  # the test reads it
    return 0 if arrival.event_id == event_id else 1


if __name__ == "__main__":
    sys.exit(main())
