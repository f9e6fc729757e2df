"""What the commands that send events again show and ask: a preview, a question, a line for each, the sum."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import typer

from lessonhook.config import visible
from lessonhook.console.exits import ExitCode
from lessonhook.console.options.names import ASKED_ABOVE
from lessonhook.console.options.shell_user import shell_user
from lessonhook.console.views import output
from lessonhook.desk import Desk, EventRecord, Replayed, ReplayResult, SortedEvents, described
from lessonhook.desk.acts import Glimpsed, SortedLines
from lessonhook.desk.words import moment

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def send(
    desk: Desk, chosen: Sequence[EventRecord], *, yes: bool, as_json: bool, facts: Mapping[str, Any] = _NOTHING
) -> None:
    """Send events in their order and show how each ended; many only after a question, unless `yes`.

    In JSON, `facts` go before the events. Ends with 1 if any event was not accepted.
    """
    if not chosen:
        preview(chosen, as_json=as_json, facts=facts)
        return
    if len(chosen) > ASKED_ABOVE and not yes:
        _ask(chosen)
    results = _follow(desk.replay(chosen, by=shell_user()), len(chosen), quiet=as_json)
    counts = Counter(result.replayed for result in results)
    if as_json:
        output.write_json({**facts, "events": [result.document() for result in results]})
    else:
        output.write_line(", ".join(f"{counts[outcome]:,} {outcome}" for outcome in Replayed if counts[outcome]))
    if counts[Replayed.ACCEPTED] < len(chosen):
        raise typer.Exit(ExitCode.NOT_WELL)


def _follow(replay: Iterator[ReplayResult], chosen: int, *, quiet: bool) -> list[ReplayResult]:
    results: list[ReplayResult] = []
    try:
        for result in replay:
            results.append(result)
            if not quiet:
                output.write_line(f"{len(results)}/{chosen} {_words(result)}")
    except KeyboardInterrupt:
        output.err().print(
            f"interrupted: {len(results)} of {chosen} were sent or skipped; a POST that was on its way may have arrived"
        )
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    return results


def _words(result: ReplayResult) -> str:
    skipped = "skipped: " if result.replayed is Replayed.SKIPPED else ""
    return f"{result.event.subscriber} {result.event.event_id} {skipped}{result.words}"


def preview(found: Iterable[EventRecord], *, as_json: bool, facts: Mapping[str, Any] = _NOTHING) -> None:
    """Show the events in the order of sending, and keep none of them in memory. `facts` go before them in JSON."""
    if not as_json:
        preview_in_words(found)
        return
    progress = output.Progress()
    with SortedEvents() as chosen:
        for event in found:
            progress.step()
            chosen.add(event.completed, event)
        output.write_json_rows(dict(facts), "events", (event.document() | {"replayed": None} for event in chosen))


def preview_in_words(found: Iterable[Glimpsed]) -> None:
    """Show each event on a line, in the order of sending, and keep none of them in memory; at the end, how many."""
    with SortedLines() as chosen:
        sum_in_words = described(_kept(found, chosen))
        output.write_many(chosen)
        output.write_line(f"would send {sum_in_words}" if sum_in_words else "no such events")


def _kept(found: Iterable[Glimpsed], chosen: SortedLines) -> Iterator[Glimpsed]:
    progress = output.Progress()
    for event in found:
        progress.step()
        line = f"{event.subscriber} {event.event_id} {event.state}, completed {moment(event.completed)}"
        chosen.add(event.completed, event.recorded, visible(line))
        yield event


def _ask(chosen: Sequence[EventRecord]) -> None:
    if not sys.stdin.isatty():
        output.err().print(f"{described(chosen)}: give --yes to send more than {ASKED_ABOVE}, or --dry-run to see them")
        raise typer.Exit(ExitCode.WRONG_USAGE)
    typer.confirm(f"Send {described(chosen)}?", abort=True)
