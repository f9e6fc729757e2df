"""Calls an ASGI application as WSGI, so that one client asks all mountings."""

import asyncio
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any


def as_wsgi(app: Any) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Return a WSGI application that runs each request on an event loop of its own."""

    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        sent: list[dict[str, Any]] = []
        asyncio.run(_exchange(app, environ, sent))
        status = HTTPStatus(sent[0]["status"])
        headers = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
        start_response(f"{status.value} {status.phrase}", headers)
        return [message.get("body", b"") for message in sent[1:]]

    return call


async def _exchange(app: Any, environ: dict[str, Any], sent: list[dict[str, Any]]) -> None:
    names = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    names |= {"CONTENT_TYPE": environ["CONTENT_TYPE"]} if environ.get("CONTENT_TYPE") else {}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": environ["REQUEST_METHOD"],
        "scheme": environ["wsgi.url_scheme"],
        "path": environ["SCRIPT_NAME"] + environ["PATH_INFO"],
        "root_path": environ["SCRIPT_NAME"],
        "query_string": environ["QUERY_STRING"].encode(),
        "headers": [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in names.items()],
        "server": (environ["SERVER_NAME"], int(environ["SERVER_PORT"])),
    }
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    waiting = [{"type": "http.request", "body": body}]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
