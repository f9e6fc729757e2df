"""Writes text of companies and learners at a terminal so that none of it steers the terminal."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from lessonhook.config import visible_lines


class VisibleConsole(Console):
    """A console that writes no such character, whatever is printed: text, tables, panels. Its own colours are kept."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield what is written; each part that is text is made visible."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text == "\n":
                yield segment
            else:
                yield Segment(visible_lines(segment.text), segment.style)
