"""The audit trail as a table."""

from collections.abc import Iterable

from lessonhook.console.views import output
from lessonhook.console.views.table import Table
from lessonhook.desk import AuditRecord
from lessonhook.desk.words import moment


def audit_table(entries: Iterable[AuditRecord]) -> Table:
    """Draw acts, one a row, in their order."""
    drawn = output.table()
    drawn.add_column("at", no_wrap=True)
    for name in ("subscriber", "act", "by", "to what"):
        drawn.add_column(name, overflow="fold")
    for entry in entries:
        times = f", {entry.times} times" if entry.times > 1 else ""
        drawn.add_row(
            moment(entry.at), entry.subscriber, f"{entry.act}{times}", entry.by or "-", entry.event_id or entry.detail
        )
    return drawn
