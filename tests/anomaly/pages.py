"""The pages: the customer's, in the LMS's process, and those of a Flower that lives from run to run."""

import base64
import http.client
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from lessonhook.desk import Desk
from lessonhook.page import PageRequest, SettingsPage, Viewer
from lessonhook.page.tokens import FIELD, FormTokens
from tests.support.environment import environment_of
from tests.support.processes.child import Process

if TYPE_CHECKING:
    from lessonhook.config import Settings
    from lessonhook.producer import Producer

#: Signs the forms and links of no real page.
PAGE_KEY: Final = "of these runs alone, 32 characters"
_ROOT: Final = "/webhook/"
_PASSWORD: Final = "operator:of-these-runs-alone"
#: Of a page that hangs; what it waits for has bounds of its own.
_HANGS_SECONDS: Final = 30.0
_READY_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a person's browser; `status` is 0 where no response came."""

    what: str
    status: int
    text: str
    seconds: float


class CustomersPage:
    """The customer's page as an LMS has it, beside the producer of the same process."""

    def __init__(self, producer: "Producer") -> None:
        self._page = SettingsPage(key=PAGE_KEY, desk=Desk(producer))
        self._tokens = FormTokens(PAGE_KEY)

    def ask(
        self, method: str, path: str, fields: Mapping[str, str], *, subscriber: str, headers: Mapping[str, str]
    ) -> Visit:
        """Send a request as the subscriber's own person; a POST has the token of the form."""
        viewer = Viewer(subscriber=subscriber, name="ada@acme.example", may_edit=True, may_see_bodies=True)
        request = PageRequest(
            method=method,
            path=path,
            root=_ROOT,
            query=fields if method == "GET" else {},
            form={**{name: [value] for name, value in fields.items()}, FIELD: [self._tokens.make(viewer)]},
            host="lms.example",
            headers=headers,
        )
        begun = time.monotonic()
        try:
            response = self._page.respond(request, viewer)
        except Exception as error:  # noqa: BLE001  # an LMS would respond 500, which is what is judged
            return Visit(f"{method} {path}", 0, repr(error), time.monotonic() - begun)
        return Visit(f"{method} {path}", response.status, response.body[-600:], time.monotonic() - begun)


class FlowersPages:
    """A Flower with our pages, started when it is first asked."""

    def __init__(self, settings: "Settings", directory: Path) -> None:
        self._port = free_port()
        command = [
            sys.executable,
            "-m",
            "lessonhook.console",
            "flower",
            f"--address={LOOPBACK}",
            f"--port={self._port}",
        ]
        environment = environment_of(settings) | {"FLOWER_BASIC_AUTH": _PASSWORD}
        self.process = Process("flower", command, environment, directory / "flower.log")

    def serve(self) -> None:
        """Start it unless it runs, and wait until it serves."""
        if not self.process.running:
            self.process.start()
            wait_until(
                lambda: not self.process.running or self._ask("GET", "/healthcheck").status == HTTPStatus.OK,
                _READY_SECONDS,
                self.process.logs,
            )

    def ask(self, method: str, path: str, fields: Mapping[str, str]) -> Visit:
        """Send a request, as a browser does whose user is signed in; note where Flower has ended by itself."""
        visit = self._ask(method, path, fields)
        if self.process.running:
            return visit
        return Visit(visit.what, 0, f"Flower ended: {self.process.logs()[-600:]}", visit.seconds)

    def close(self) -> None:
        """End it."""
        self.process.close()

    def _ask(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> Visit:
        token = "0123456789abcdef"
        headers = {
            "Authorization": f"Basic {base64.b64encode(_PASSWORD.encode()).decode()}",
            "Cookie": f"_xsrf={token}",
            "X-Xsrftoken": token,
        }
        target, body = path, None
        if method == "POST":
            body = urlencode(fields or {})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif fields:
            target = f"{path}?{urlencode(fields)}"
        begun = time.monotonic()
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=_HANGS_SECONDS)
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            return Visit(f"{method} {path}", response.status, response.read().decode()[-600:], time.monotonic() - begun)
        except (OSError, http.client.HTTPException) as error:
            return Visit(f"{method} {path}", 0, repr(error), time.monotonic() - begun)
        finally:
            connection.close()


def is_well(visit: Visit) -> bool:
    """Return whether the page did what was asked; an act of Flower's says that in its body too."""
    if visit.status not in {HTTPStatus.OK, HTTPStatus.SEE_OTHER}:
        return False
    try:
        said = json.loads(visit.text)
    except ValueError:
        return True
    return not isinstance(said, dict) or said.get("well", True) is True
