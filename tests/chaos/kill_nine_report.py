"""What the kills did, as figures and as a table: for a person at a terminal, and for the documentation."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.table import Table

from lessonhook.config import Settings
from tests.support.people.account import Account

_KEPT = "kept"
_BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class Figures:
    """One run. Seconds are measured by the endpoint's own record."""

    kills: int
    seconds: float
    published: int
    delivered: int
    #: Deliveries whose worker was killed between their admission and their settlement.
    in_flight: int
    repeats: int
    #: Events that repeated more often than they were in flight at a kill.
    unexplained: int
    #: From the last kill to the last POST.
    last_arrival: float
    bound: float
    settings: Settings

    @classmethod
    def of(
        cls,
        *,
        account: Account,
        kills: int,
        seconds: float,
        leases_lost: Mapping[str, int],
        last_arrival: float,
        bound: float,
        settings: Settings,
    ) -> Self:
        """Count what an account and the ledger's own record of lost leases say."""
        return cls(
            kills=kills,
            seconds=seconds,
            published=account.published,
            delivered=account.delivered,
            in_flight=sum(leases_lost.values()),
            repeats=account.repeats,
            unexplained=sum(times > leases_lost[event_id] for event_id, times in account.repeated.items()),
            last_arrival=last_arrival,
            bound=bound,
            settings=settings,
        )

    @property
    def kept(self) -> bool:
        """Whether every promise was kept."""
        return all(kept for *_, kept in self.rows())

    def rows(self) -> list[tuple[str, str, str, bool]]:
        """Name each promise: what was measured, what was promised, and whether it was kept."""
        lease, sweep = self.settings.lease_seconds, self.settings.sweep_interval_seconds
        return [
            ("kill -9 of a worker at work", f"{self.kills:,}", "", True),
            ("events published meanwhile", f"{self.published:,}", "", self.published > 0),
            ("lost", f"{self.published - self.delivered:,}", "0", self.published == self.delivered),
            ("deliveries in flight at a kill", f"{self.in_flight:,}", "", self.in_flight > 0),
            ("delivered twice", f"{self.repeats:,}", f"at most {self.in_flight:,}", self.repeats <= self.in_flight),
            ("delivered twice, not in flight at a kill", f"{self.unexplained:,}", "0", self.unexplained == 0),
            (
                "last kill to last delivery",
                f"{self.last_arrival:.1f} s",
                f"at most {self.bound:g} s (lease {lease:g} + sweep {sweep:g} + 5)",
                self.last_arrival <= self.bound,
            ),
        ]


def _verdict(promised: str, *, kept: bool) -> str:
    if not kept:
        return _BROKEN
    return _KEPT if promised else ""


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def print_table(figures: Figures, console: Console) -> None:
    """Print it for a person."""
    table = Table(title=f"{figures.kills} kills in {figures.seconds:.0f} s ({_machine()})", title_justify="left")
    table.add_column("")
    table.add_column("measured", justify="right")
    table.add_column("promised")
    table.add_column("")
    for what, measured, promised, kept in figures.rows():
        verdict = _verdict(promised, kept=kept)
        table.add_row(what, measured, promised, f"[red]{verdict}" if verdict == _BROKEN else f"[green]{verdict}")
    console.print(table)


def write_markdown(figures: Figures, path: Path) -> None:
    """Write it for the documentation."""
    lines = [
        f"{figures.kills} kills in {figures.seconds:.0f} s, default settings, three workers ({_machine()}):",
        "",
        "| | measured | promised |",
        "|---|---|---|",
        *(f"| {what} | {measured} | {promised or '-'} |" for what, measured, promised, _ in figures.rows()),
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
