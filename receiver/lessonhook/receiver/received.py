"""One call for the usual receiver: it checks that a POST is the LMS's, and parses it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lessonhook.receiver.bare_errors import bare_errors
from lessonhook.receiver.completion import Completion, parse
from lessonhook.receiver.signature import TOLERANCE_SECONDS, Headers, Verified, verify

_BACKFILL: Final = "webhook-backfill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Verified):
    """A POST that is proved to come from the LMS, with the completion that it holds."""

    completion: Completion
    #: Whether it is a completion from before the subscription began. The signature does not cover this.
    is_backfill: bool


@bare_errors
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
    return Received(
        webhook_id=verified.webhook_id,
        sent_at=verified.sent_at,
        completion=parse(bytes(body)),
        is_backfill=is_backfill(headers),
    )


def is_backfill(headers: Headers) -> bool:
    """Return whether a POST has a completion from before the subscription began: store it, and congratulate nobody.

    It reads the header `webhook-backfill`, which is not signed: let it decide nothing that a stranger must not decide.
    """
    return any(name.lower() == _BACKFILL and value.strip().lower() == "true" for name, value in headers.items())
