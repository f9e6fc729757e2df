"""The demo's own tables: what arrived, what was released, and the account at the end."""

from collections.abc import Iterable

from rich.console import Group
from rich.text import Text

from lessonhook.console.demo.account import Account
from lessonhook.console.demo.book import Entry
from lessonhook.console.receiver import Arrival
from lessonhook.console.views import output
from lessonhook.console.views.table import Table

_BAD = "bold red"


def releases_table(released: Iterable[tuple[Entry, Arrival, int]]) -> Table:
    """Draw the released events, in the order in which they arrived, each with its number of POSTs."""
    drawn = output.table()
    drawn.add_column("arrived", justify="right")
    drawn.add_column("event", justify="right")
    drawn.add_column("lesson")
    drawn.add_column("waited", justify="right")
    drawn.add_column("POSTs", justify="right")
    for place, (entry, arrival, posts) in enumerate(released, start=1):
        waited = f"{arrival.at - entry.at:.2f} s"
        drawn.add_row(f"{place}.", f"#{entry.number}", entry.title, waited, str(posts))
    return drawn


def account_table(account: Account) -> Group:
    """Draw the account, its sums and its claims."""
    drawn = output.table()
    drawn.add_column("subscriber")
    for name in ("published", "delivered", "POSTs", "accepted", "failed", "repeats", "in order"):
        drawn.add_column(name, justify="right")
    for row in account.rows:
        drawn.add_row(
            row.subscriber,
            str(row.published),
            Text(str(row.delivered), style="" if row.delivered == row.published else _BAD),
            *(str(number) for number in (row.posts, row.accepted, row.failed, row.repeats)),
            "yes" if row.in_order else Text("no", style=_BAD),
        )
    drawn.add_section()
    totals = zip(
        *((row.published, row.delivered, row.posts, row.accepted, row.failed, row.repeats) for row in account.rows),
        strict=True,
    )
    drawn.add_row("all", *(str(sum(column)) for column in totals), style="bold")
    return Group(drawn, "", *_claims(account))


def _claims(account: Account) -> Iterable[Text]:
    for claim in account.claims:
        yield Text.assemble(("  no  ", _BAD) if claim.against else ("  ok  ", "bold green"), claim.sentence)
        yield from (Text(f"      {contradiction}", style=_BAD) for contradiction in claim.against)
