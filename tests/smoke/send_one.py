"""Sends one completion to an endpoint of its own and waits until it arrives; exits 0 if it did.

It runs beside a worker, in the same container: `docker compose exec -T worker-completions python - <send_one.py`. So
it uses nothing but what the image has.
"""

import http.server
import sys
import threading

from lessonhook.producer import Subscription, send_completion, subscriptions
from lessonhook.producer.sample import sample_event

WAIT_SECONDS = 60


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Accepts a POST and remembers which event it was."""

    arrived = threading.Event()
    event_id = ""

    def do_POST(self) -> None:  # the base class's name
        """Answer 204."""
        Endpoint.event_id = self.headers["webhook-id"]
        self.send_response(204)
        self.end_headers()
        Endpoint.arrived.set()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def main() -> int:
    """Answer 0 if the completion arrived, 1 if it did not."""
    endpoint = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=endpoint.serve_forever, daemon=True).start()
    event_id = sys.argv[1] if len(sys.argv) > 1 else "smoke"
    subscriptions.put(Subscription(subscriber=event_id, callback_url=f"http://127.0.0.1:{endpoint.server_port}/"))
    send_completion.delay(sample_event(event_id, event_id))
    arrived = Endpoint.arrived.wait(WAIT_SECONDS) and Endpoint.event_id == event_id
    subscriptions.delete(event_id)
    print("arrived" if arrived else f"nothing arrived within {WAIT_SECONDS} s")  # noqa: T201  # the test reads it
    return 0 if arrived else 1


if __name__ == "__main__":
    sys.exit(main())
