"""The sums over all subscribers, in a line that stands next to the prompt."""

from rich.text import Text

from lessonhook.console.views.lane_table import STYLES
from lessonhook.desk import BoardPage
from lessonhook.desk.words import count, span


def totals_line(page: BoardPage, *, shown: int) -> Text:
    """Return how many subscribers are in each state, how many events wait, and how many subscribers are not shown."""
    totals = page.totals
    line = Text(f"\n{count(totals.subscribers, 'subscriber')}: ")
    parts = [(each, number) for each, number in totals.by_condition.items() if number]
    for index, (condition, number) in enumerate(parts):
        line.append(", " if index else "").append(f"{number:,} {condition}", style=STYLES[condition])
    line.append(f"; {count(totals.undelivered, 'event')} undelivered")
    if totals.backfill:
        line.append(f" ({totals.backfill:,} of the past)")
    if totals.oldest_undelivered_seconds is not None:
        line.append(f", the oldest for {span(totals.oldest_undelivered_seconds)}")
    if page.matching > shown:
        line.append(f"\n{page.matching - shown:,} more: --all, --limit NUMBER or --state paused shows them")
    return line
