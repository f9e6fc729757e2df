"""The page in a FastAPI or Starlette application: `app.mount("/webhook", asgi_page(page, who))`."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from lessonhook.page.exchange import FORM_MAX_BYTES, PageRequest, form_of
from lessonhook.page.pull import is_open

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from lessonhook.page.page import SettingsPage
    from lessonhook.page.viewer import Viewer

#: Returns who sends a request, None for nobody, or a response in place of the page, such as a redirect to a login. It
#: may be a coroutine function.
Who = Callable[[Request], "Viewer | Response | Awaitable[Viewer | Response | None] | None"]
#: Returns a whole document from the request, a title and the HTML of the page.
Frame = Callable[[Request, str, str], str]


def asgi_page(page: "SettingsPage", who: Who, *, frame: Frame | None = None) -> "ASGIApp":
    """Return an ASGI application to be mounted under a path.

    `who` gets Starlette's request, with the session of a middleware if there is one. `frame` puts the page into the
    application's own document. All that waits for Redis or a worker waits in a thread.
    """

    async def respond(scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        asked = _page_request(request, await _body(request))
        viewer = None if is_open(asked.path) else who(request)
        if isawaitable(viewer):
            viewer = await viewer
        if isinstance(viewer, Response):
            await viewer(scope, receive, send)
            return
        responded = await run_in_threadpool(page.respond, asked, viewer, framed=frame is not None)
        body = frame(request, responded.title, responded.body) if frame and responded.title else responded.body
        headers = {"Content-Type": responded.content_type, **responded.headers}
        await Response(body, responded.status, headers)(scope, receive, send)

    return respond


async def _body(request: Request) -> bytes:
    """Read the body, but no more than a form may have."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_MAX_BYTES:
            return b""
    return body


def _page_request(request: Request, body: bytes) -> PageRequest:
    root: str = request.scope.get("root_path", "")
    return PageRequest(
        method=request.method,
        path=request.scope["path"].removeprefix(root).lstrip("/"),
        root=f"{root}/",
        query=dict(request.query_params),
        form=form_of(body),
        # Not Starlette's `request.url`, which raises for a host that is none.
        host=request.headers.get("host", ""),
        headers=dict(request.headers),
    )
