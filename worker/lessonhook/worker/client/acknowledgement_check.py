"""Checks whether the response to an accepted POST meets the subscription's acknowledgement rule."""

import json
from typing import Any, Final

import structlog
from requests import Response

from lessonhook.ledger import Acknowledgement
from lessonhook.ledger.subscriptions import steps_of

_log: Final = structlog.get_logger("lessonhook.client")
_NOT_THERE: Final = (None, False)


def unconfirmed(rule: Acknowledgement | None, response: Response) -> str:
    """Return in a few words what the response lacks; "" if it meets the rule, or if there is no rule.

    Raises nothing and quotes nothing of the response. An acceptance stays an acceptance, whatever the response holds.
    """
    if rule is None:
        return ""
    try:
        return _lacking(rule, response)
    except Exception as error:  # noqa: BLE001 - a hostile body must not turn an acceptance into a crash
        _log.error("client.response_unreadable", error=type(error).__name__)
        return "its response can't be read"


def _lacking(rule: Acknowledgement, response: Response) -> str:
    if rule.status is not None and response.status_code != rule.status:
        return f"its status is not {rule.status}"
    if rule.content_type is not None and _media_type(response) != rule.content_type:
        return f"its content type is not {rule.content_type}"
    return _lacking_in_body(rule, response.content) if rule.present or rule.absent else ""


def _lacking_in_body(rule: Acknowledgement, body: bytes) -> str:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return "its response is no JSON"
    if rule.present is not None and not _there(document, rule.present):
        return f"its response has no {rule.present}"
    if rule.absent is not None and _there(document, rule.absent):
        return f"its response has {rule.absent}"
    return ""


def _media_type(response: Response) -> str:
    said: str = response.headers.get("Content-Type", "")
    return said.partition(";")[0].strip().lower()


def _there(document: Any, path: str) -> bool:
    """Return whether a path leads to a value. null and false count as no value; 0 and empty values count."""
    place = document
    for step in steps_of(path) or []:
        if isinstance(step, int):
            if not isinstance(place, list) or step >= len(place):
                return False
        elif not isinstance(place, dict) or step not in place:
            return False
        place = place[step]
    return not any(place is nothing for nothing in _NOT_THERE)
