"""A completion as a plain dict is also a type that pydantic and FastAPI read a request's body by."""

import asyncio
import json
from typing import Any

from fastapi import FastAPI
from pydantic import TypeAdapter

from lessonhook.producer import CompletionDict, CompletionEvent

BODY = {
    "subscriber": 12,
    "user": {"id": "7", "name": "Ada", "email": "", "custom_fields": {"Region": "North", "Grade": 3}},
    "lesson": {"id": 1000, "title": "Fire Safety"},
    "score_percent": 66.7,
    "completed_at": "2026-03-01T12:00:00+01:00",
}


def post(app: FastAPI, path: str, document: object) -> tuple[int, Any]:
    """Call an ASGI application once, without a server; return the status and the decoded body."""
    body = json.dumps(document).encode()
    requests = iter([{"type": "http.request", "body": body, "more_body": False}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(requests)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], json.loads(b"".join(message.get("body", b"") for message in sent))


def test_pydantic_reads_it_on_every_python() -> None:
    """Below Python 3.12 pydantic refuses `typing.TypedDict`. What was given comes back as it was."""
    assert TypeAdapter(CompletionDict).validate_python(BODY) == BODY


def test_fastapi_takes_it_as_a_body() -> None:
    """A right body makes an event; for a wrong one FastAPI names the field, before the function runs."""
    app = FastAPI()

    @app.post("/completions")
    def complete(given: CompletionDict) -> str:
        return CompletionEvent.model_validate(given).completed_at.isoformat()

    assert post(app, "/completions", BODY) == (200, "2026-03-01T11:00:00+00:00")
    status, refused = post(app, "/completions", {name: BODY[name] for name in BODY if name != "lesson"})
    assert (status, [problem["loc"] for problem in refused["detail"]]) == (422, [["body", "lesson"]])
