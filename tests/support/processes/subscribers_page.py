"""A real Flower with the Subscribers page, beside a test's system, and a tab that is signed in to it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final

import requests
from playwright.sync_api import Browser, Page

from lessonhook.config import Settings
from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from tests.support.environment import environment_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.processes.child import Process

USER: Final = "operator"
PASSWORD: Final = "marked-password-of-flower"
#: Stands for Flower's option by which its pages ask for a password, and ours have buttons.
WITH_PASSWORD: Final = "--basic-auth-file"
#: A bound for a hang of anything that a tab waits for.
_TAB_MS: Final = 20_000


class Site:
    """Flower as a browser reaches it."""

    def __init__(self, process: Process, port: int, prefix: str = "") -> None:
        self.process = process
        self.url = f"http://{LOOPBACK}:{port}{prefix}"

    def session(self, *, password: bool = True) -> requests.Session:
        """Return what asks as a script does, with the password or without."""
        session = requests.Session()
        session.trust_env = False
        if password:
            session.auth = (USER, PASSWORD)
        return session

    def responds(self) -> bool:
        """Return whether it serves."""
        try:
            with self.session(password=False) as session:
                return session.get(f"{self.url}/healthcheck", timeout=5).status_code == HTTPStatus.OK
        except requests.ConnectionError:
            return False


@contextmanager
def running_site(settings: Settings, directory: Path, *options: str, prefix: str = "") -> Iterator[Site]:
    """Yield a Flower with the page; end it after the test, and show what it wrote.

    `WITH_PASSWORD` among the options makes the file that it needs.
    """
    port = free_port()
    users = directory / "flower.users"
    users.write_text(f"{USER}:{PASSWORD}\n")
    options = tuple(f"{each}={users}" if each == WITH_PASSWORD else each for each in options)
    process = Process(
        "flower",
        [sys.executable, "-m", "lessonhook.console", "flower", f"--address={LOOPBACK}", f"--port={port}", *options],
        environment_of(settings),
        directory / f"site-{port}.log",
    )
    site = Site(process, port, prefix)
    process.start()
    try:
        wait_until(lambda: not process.running or site.responds(), PATIENCE_SECONDS, process.logs)
        assert process.running, process.logs()
        yield site
    finally:
        complaint = process.close()
        # pytest shows this only where the test failed.
        print(f"---- flower\n{process.logs()}")  # noqa: T201  # it is the report of a failed test
    assert complaint is None, complaint


@contextmanager
def signed_in(browser: Browser, site: Site) -> Iterator[Page]:
    """Yield a tab of a browser of its own that knows the password; fail if a script of a page did."""
    context = browser.new_context(
        base_url=site.url,
        http_credentials={"username": USER, "password": PASSWORD},
        viewport={"width": 1400, "height": 900},
    )
    context.set_default_timeout(_TAB_MS)
    tab = context.new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    yield tab
    context.close()
    assert faults == [], "\n".join(faults)
