"""A delivery and its acceptance, as a worker has them."""

from lessonhook.ledger import Delivery, Kind, Outcome, Reason

DELIVERY = Delivery(
    event_id="42",
    body=b"{}",
    subscription=b"{}",
    attempt=1,
    token="1-1",
    wait_seconds=0.0,
    lease_seconds=25.0,
    recorded_ms=0,
    first=True,
)
ACCEPTED = Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200)
