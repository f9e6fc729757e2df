"""`GET events`: a subscriber behind a firewall fetches its completions by a token of its own, without a login."""

import json
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from lessonhook.config import visible
from lessonhook.desk import FetchedTooOften, LedgerUnavailable, NotByPull, UnknownEvent, WrongToken
from lessonhook.page.exchange import PageResponse

if TYPE_CHECKING:
    from lessonhook.desk import Desk, FetchedBatch
    from lessonhook.page.exchange import PageRequest

#: The path behind the place where the page is mounted.
PULL_PATH: Final = "events"
_MOST: Final = 100
_SCHEME: Final = "bearer "
_REFUSALS: Final[dict[type[Exception], tuple[HTTPStatus, str, dict[str, str]]]] = {
    WrongToken: (
        HTTPStatus.UNAUTHORIZED,
        "the token is missing or not valid: send `Authorization: Bearer` with the token that you were given",
        {"WWW-Authenticate": "Bearer"},
    ),
    NotByPull: (HTTPStatus.CONFLICT, "your completions are posted to your callback URL and cannot be fetched", {}),
    UnknownEvent: (HTTPStatus.BAD_REQUEST, "after names no completion of yours that is still known: leave it out", {}),
    LedgerUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "try again in some seconds", {"Retry-After": "5"}),
}


def is_open(path: str) -> bool:
    """Return whether a request of this path needs no viewer: it shows nothing of anybody, or has a token."""
    return path == PULL_PATH or path.startswith("static/")


def fetched(desk: "Desk", request: "PageRequest") -> PageResponse:
    """Return the response to a fetch, as JSON."""
    if request.method != "GET":
        return _said(HTTPStatus.METHOD_NOT_ALLOWED, "fetch by GET", {"Allow": "GET"})
    given = request.headers.get("authorization", "")
    token = given[len(_SCHEME) :].strip() if given[: len(_SCHEME)].lower() == _SCHEME else ""
    limit = request.query.get("limit", str(_MOST))
    if not _is_limit(limit):
        return _said(HTTPStatus.BAD_REQUEST, f"limit must be a whole number, 1 to {_MOST}")
    try:
        batch = desk.fetch(token, after=request.query.get("after", ""), limit=int(limit))
    except (WrongToken, FetchedTooOften, NotByPull, UnknownEvent, LedgerUnavailable) as error:
        return _refused(error)
    return _json(HTTPStatus.OK, _document(batch), {})


def _is_limit(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST)) and 1 <= int(text) <= _MOST


def _refused(error: Exception) -> PageResponse:
    if isinstance(error, FetchedTooOften):
        return _said(HTTPStatus.TOO_MANY_REQUESTS, str(error), {"Retry-After": str(math.ceil(error.wait_seconds))})
    status, why, headers = next(found for kind, found in _REFUSALS.items() if isinstance(error, kind))
    return _said(status, why, headers)


def _document(batch: "FetchedBatch") -> dict[str, Any]:
    events = []
    for event in batch.events:
        fields = {"webhook-id": event.webhook_id, "webhook-timestamp": event.webhook_timestamp}
        if event.webhook_signature:
            fields["webhook-signature"] = event.webhook_signature
        if event.webhook_backfill:
            fields["webhook-backfill"] = "true"
        events.append({**fields, "body": event.body})
    return {"events": events, "last": batch.last, "more": batch.more}


def _said(status: HTTPStatus, why: str, headers: dict[str, str] | None = None) -> PageResponse:
    return _json(status, {"error": why}, headers or {})


def _json(status: HTTPStatus, document: dict[str, Any], headers: dict[str, str]) -> PageResponse:
    return PageResponse(
        status=status,
        content_type="application/json",
        # A learner's name may steer the terminal of who runs curl by hand; as JSON, it stays the same.
        body=visible(json.dumps(document, ensure_ascii=False)),
        headers=headers,
    )
