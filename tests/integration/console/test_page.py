"""`lessonhook page` serves the page behind links that work once, and `lessonhook page link` makes one."""

import sys
from http import HTTPStatus
from pathlib import Path

import pytest
import requests

from lessonhook.config import Settings
from lessonhook.console.processes import free_port, wait_until
from tests.support.environment import environment_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.stored_events import Stored
from tests.support.processes.child import Process
from tests.support.processes.command_line import Cli

_KEY = "of these tests alone, and 32 long"


def test_a_link_of_the_command_opens_the_page_that_the_command_serves(
    cli: Cli, stored: Stored, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real process, a real request; Ctrl-C ends it with 0."""
    stored.delivered("17")
    port = free_port()
    monkeypatch.setenv("LESSONHOOK_PAGE_KEY", _KEY)
    monkeypatch.setenv("LESSONHOOK_PAGE_URL", f"http://127.0.0.1:{port}")
    ran = cli("page", "link", "acme")
    assert (ran.code, ran.err) == (0, "")
    address, _, code = ran.out.strip().partition("#")
    assert address == f"http://127.0.0.1:{port}/enter"
    environment = {**environment_of(settings), "LESSONHOOK_PAGE_KEY": _KEY}
    command = [sys.executable, "-m", "lessonhook.console", "page", "--port", str(port)]
    served = Process("page", command, environment, tmp_path / "page.log")
    served.start()
    try:
        wait_until(lambda: "Listening at" in served.logs(), PATIENCE_SECONDS, served.logs)
        entered = requests.post(address, data={"code": code}, allow_redirects=False, timeout=PATIENCE_SECONDS)
        assert entered.status_code == HTTPStatus.SEE_OTHER
        cookie = entered.headers["Set-Cookie"].partition(";")[0]
        shown = requests.get(f"http://127.0.0.1:{port}/", headers={"Cookie": cookie}, timeout=PATIENCE_SECONDS)
        assert "You may look here" in shown.text
        served.terminate()
        assert served.wait() == 0
    finally:
        served.close()


@pytest.mark.usefixtures("customer")
def test_a_key_is_required(cli: Cli) -> None:
    """The line says how to make one."""
    ran = cli("page", "link", "acme")
    assert ran.code == 2
    assert "LESSONHOOK_PAGE_KEY" in ran.err
    assert "openssl rand -hex 32" in ran.err


@pytest.mark.usefixtures("customer")
def test_a_misspelt_name_is_found_out(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the link is for setting a new subscriber up."""
    monkeypatch.setenv("LESSONHOOK_PAGE_KEY", _KEY)
    assert cli("page", "link", "acne").code == 1
    assert cli("page", "link", "acne", "--may-edit").code == 0
