"""Lanes and events as the pages' scripts get them: words for what is shown, facts for what is decided by them."""

from typing import Any

from lessonhook.console.event_json import plain_time
from lessonhook.console.event_text import said
from lessonhook.console.lane_table import condition
from lessonhook.console.replaying import unsendable
from lessonhook.console.wording import ago, moment, span
from lessonhook.ledger import Attempt, EventView, LaneStatus


def lane_row(lane: LaneStatus) -> dict[str, Any]:
    """Answer a lane for a row of the table and for the head of its own page."""
    return {
        "subscriber": lane.subscriber,
        "state": condition(lane),
        "why": _why(lane),
        "oldest": span(lane.oldest_undelivered_seconds),
        "in_flight": lane.in_flight,
        "queued": lane.queued,
        "retrying": lane.retrying,
        "held": lane.held,
        "refused": lane.refused,
        "delivered": lane.delivered,
        "unconfirmed": lane.unconfirmed,
        "window": lane.window,
        "failures_in_a_row": lane.failures_in_a_row,
        "last_answer": lane.last_outcome.removeprefix("status: "),
        "last_attempt": ago(lane.last_attempt) if lane.last_attempt else "",
        "paused": lane.paused is not None,
        "subscribed": lane.subscribed,
    }


def event_row(event: EventView) -> dict[str, Any]:
    """Answer an event for a row of its subscriber's page."""
    return {
        "event_id": event.event_id,
        "state": event.state,
        "recorded": moment(event.recorded),
        "due": moment(event.due) if event.due else "",
        "closed": moment(event.closed) if event.closed else "",
        "posts": event.posts,
        "last_answer": said(event.last) if event.last else "",
        "sendable": not unsendable(event),
    }


def attempt_row(attempt: Attempt) -> dict[str, Any]:
    """Answer an attempt for a line below its event."""
    return {
        "at": plain_time(attempt.at),
        "seconds": f"{attempt.seconds:.3f}",
        "said": said(attempt),
        "accepted": attempt.kind == "accepted",
        "answer": attempt.answer,
        "worker": attempt.worker,
    }


def _why(lane: LaneStatus) -> str:
    if lane.paused:
        return f"paused {ago(lane.paused.since)}: {lane.paused.why}"
    if not lane.subscribed:
        return "the subscription was removed"
    if lane.waiting_until:
        return f"waits until {moment(lane.waiting_until)}, as the endpoint asked"
    return f"{lane.failures_in_a_row} failed in a row" if lane.failures_in_a_row else ""
