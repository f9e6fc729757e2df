"""One call for the usual receiver: it checks that a POST is the LMS's, and parses it."""

from collections.abc import Iterable
from dataclasses import dataclass

from lessonhook.receiver.completion import Completion, parse
from lessonhook.receiver.signature import TOLERANCE_SECONDS, Headers, Verified, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Verified):
    """A POST that is proved to come from the LMS, with the completion that it holds."""

    completion: Completion


def receive(
    headers: Headers,
    body: bytes,
    secrets: str | Iterable[str],
    *,
    tolerance_seconds: float | None = TOLERANCE_SECONDS,
    now: float | None = None,
) -> Received:
    """Verify a POST, then parse it. The arguments are those of `verify`.

    Raises a `Refused`, whose `status` is what to respond with: what `verify` raises, or `InvalidBody`.
    """
    verified = verify(headers, body, secrets, tolerance_seconds=tolerance_seconds, now=now)
    return Received(webhook_id=verified.webhook_id, sent_at=verified.sent_at, completion=parse(bytes(body)))
