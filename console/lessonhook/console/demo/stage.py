"""What the demo shows: chapters, facts, and during each wait the lanes as they change."""

import time
from collections.abc import Callable
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.spinner import Spinner
from rich.text import Text

from lessonhook.console.processes import TookTooLong

#: A line of more columns is hard to read.
_COLUMNS: Final = 96
#: Between two looks at a condition; the picture is renewed as often.
_LOOK_EVERY_SECONDS: Final = 0.05


class Stage:
    """Writes to a console. If that is no terminal, nothing is redrawn and each line is written once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lanes: Callable[[], RenderableType] | None = None
        self._chapters = 0
        self._columns = min(console.width, _COLUMNS) if console.is_terminal else None

    def keep_in_view(self, lanes: Callable[[], RenderableType]) -> None:
        """Show the lanes during each wait from now on. Before the server replies, they cannot be read."""
        self._lanes = lanes

    def header(self, title: str, text: str) -> None:
        """Show the title and what follows."""
        if self._console.is_terminal:
            self._console.print(Panel(text, title=title, title_align="left", border_style="cyan", width=self._columns))
        else:
            self.show(title)
            self.show(text)

    def chapter(self, title: str, why: str) -> None:
        """Begin a chapter: what happens now, and why it matters."""
        self._chapters += 1
        self.show("")
        self.show(Text(f"{self._chapters}. {title}", style="bold cyan"))
        self.show(Text(why, style="dim"))

    def fact(self, text: str, style: str = "") -> None:
        """Show what was seen."""
        self.show(Text(f"   {text}", style=style))

    def show(self, what: RenderableType) -> None:
        """Show a line or a table."""
        self._console.print(what, width=self._columns, soft_wrap=False)

    def wait(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait for a condition and show the lanes meanwhile; raise TookTooLong if it is not met within `seconds`."""
        ends = time.monotonic() + seconds
        if condition():
            return
        with Live(console=self._console, transient=True, refresh_per_second=10) as live:
            spinner = Spinner("line", Text(f"waiting for {what}", style="dim"))
            while not condition():
                if time.monotonic() >= ends:
                    raise TookTooLong(f"waited {seconds:g} s in vain for {what}")
                if self._console.is_terminal:
                    live.update(Group("", self._lanes(), "", spinner) if self._lanes else spinner)
                time.sleep(_LOOK_EVERY_SECONDS)  # between two looks at a condition, with a bound
