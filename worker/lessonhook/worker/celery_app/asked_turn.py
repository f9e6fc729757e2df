"""The turn that a message asks for, if the message names an event. Anybody may have written it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lessonhook.config import COMPLETIONS
from lessonhook.config.celery import log_dropped
from lessonhook.ledger import WAKE_HEADER, read_event_id
from lessonhook.ledger.subscriptions import read_subscriber
from lessonhook.worker.delivery.task_result import UNREADABLE, TaskResult
from lessonhook.worker.delivery.turn import Turn

if TYPE_CHECKING:
    from lessonhook.worker.runtime.runtime import Runtime


async def take_turn(runtime: "Runtime", subscriber: object, event_id: object, headers: Mapping[str, Any]) -> TaskResult:
    """Take the turn. Names that break the rules could meet the keys of another company's event: those are dropped."""
    try:
        named = read_subscriber(subscriber), read_event_id(event_id)
    except ValueError as error:
        log_dropped(COMPLETIONS, error)
        return UNREADABLE
    wake_ms = headers.get(WAKE_HEADER)
    turn = Turn(runtime, *named, is_first=_came_by(headers) == COMPLETIONS)
    return await turn.take(wake_ms if isinstance(wake_ms, int) else None)


def _came_by(headers: Mapping[str, Any]) -> object:
    """Return the queue of a message; None for one that does not say."""
    facts = headers.get("delivery_info")
    return facts.get("routing_key") if isinstance(facts, dict) else None
