"""A real browser for the page, and axe-core, which looks for what shuts people out (WCAG 2.2 AA)."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, Final

from playwright.sync_api import Page
from werkzeug.serving import make_server

from tests.support.npm import home_of

_AXE: Final = "axe-core@4.14.1"
_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def served(application: Any) -> Iterator[str]:
    """Serve a WSGI application for the length of the `with`; yield its address."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def barriers(page: Page) -> list[str]:
    """Return what axe finds wrong with a page, and whether it is wider than the window; skip without axe."""
    script = home_of(_AXE) / "node_modules" / "axe-core" / "axe.min.js"
    # By the protocol and not by a tag, because the page's policy lets no other script in.
    page.evaluate(script.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", _RULES)
    named = [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        named.append("wider than the window")
    return named
