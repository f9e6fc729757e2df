"""A browser without a script: opens pages, reads the forms in them, and sends a form as it stands."""

import html
import re
from typing import Any, Final

from werkzeug.test import Client, TestResponse

_HIDDEN: Final = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Visitor:
    """One visitor of one application, with the page under `root`."""

    def __init__(self, client: Client, root: str = "/webhook/") -> None:
        self.client = client
        self._root = root

    def get(self, path: str = "", **options: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(f"{self._root}{path}", **options)

    def hidden(self) -> dict[str, str]:
        """Return the hidden fields of the first form of the overview, the tokens among them."""
        form = self.get().text.partition('class="lh-form"')[2].partition("</form>")[0]
        return {name: html.unescape(value) for name, value in _HIDDEN.findall(form)}

    def post(self, path: str, tokens: dict[str, str] | None = None, **fields: Any) -> TestResponse:
        """Send a form as the overview has it; `tokens` replaces its hidden fields."""
        hidden = self.hidden() if tokens is None else tokens
        return self.client.post(f"{self._root}{path}", data={**hidden, **fields})
