"""A real browser without a window, in which tests and pictures open pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.support.patience import PATIENCE_SECONDS

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
#: No sandbox, since tests also run as root, and no request to anything but the page.
_OPTIONS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Yield a browser. Skip the test where none is installed.

    Keep it for no longer than a module of tests: while Playwright runs, all of the process counts as asynchronous, and
    Django refuses to work there.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed here: pages are tested in a real browser or not at all")
    # Its own five seconds are too few on a machine with a load of 30.
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_OPTIONS))
        yield browser
        browser.close()
