"""The lines of the worker's log that deliveries write: one for each outcome, and one for each change of a lane."""

from typing import TYPE_CHECKING

import structlog

from lessonhook.ledger import Kind, NoticeKind, State, announce

if TYPE_CHECKING:
    from lessonhook.ledger import Delivery, Outcome, Step

_log = structlog.get_logger("lessonhook.worker")
_QUIET = frozenset({NoticeKind.SUBSCRIBER_RESUMED, NoticeKind.EVENT_ERASED})


def log_outcome(step: "Step", delivery: "Delivery", outcome: "Outcome") -> None:
    """Log `delivery.accepted`, `delivery.failed` or `delivery.given_back`, with the facts that are needed first."""
    facts: dict[str, object] = {
        "subscriber": step.subscriber,
        "event_id": delivery.event_id,
        "attempt": delivery.attempt,
        "seconds": round(outcome.seconds, 3),
    }
    if outcome.status is not None:
        facts["status"] = outcome.status
    if outcome.kind is Kind.NOT_STARTED:
        _log.warning("delivery.given_back", **facts, because=outcome.detail, then=str(step.state or State.ERASED))
        return
    if outcome.kind is Kind.ACCEPTED:
        if outcome.unconfirmed:
            _log.warning("delivery.accepted", **facts, unconfirmed=outcome.unconfirmed)
        else:
            _log.info("delivery.accepted", **facts)
        return
    facts |= {"reason": str(outcome.reason), "then": str(step.state or State.ERASED)}
    if outcome.detail:
        facts["detail"] = outcome.detail
    if step.due_ms:
        facts["next_in_seconds"] = round((step.due_ms - step.now_ms) / 1000, 3)
    _log.warning("delivery.failed", **facts)


def log_notices(step: "Step") -> None:
    """Log a line for each notice, and send it to the receivers of the signal."""
    for notice in step.notices:
        log = _log.info if notice.kind in _QUIET else _log.warning
        event = {"event_id": notice.event_id} if notice.event_id else {}
        log(str(notice.kind), subscriber=step.subscriber, **event, why=notice.why)
    announce(step)
