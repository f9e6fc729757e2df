"""`lessonhook rebuild`: publishes from the LMS's own record what Redis has lost."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Final

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.exits import ExitCode
from lessonhook.console.options.input_file import opened
from lessonhook.console.options.moments import Since, Until, read_window
from lessonhook.console.options.names import AsJson, DryRun
from lessonhook.console.views import output
from lessonhook.desk import Fate, Line
from lessonhook.desk.words import count
from lessonhook.producer import PublishFailed

#: Lines between two lines of progress.
_REPORT_EVERY: Final = 10_000
_WORDS: Final = {
    Fate.PUBLISHED: "published",
    Fate.KNOWN: "known already",
    Fate.NO_SUBSCRIPTION: "of companies without a subscription",
    Fate.OUTSIDE: "outside the window",
    Fate.BAD: "bad",
}
#: Shown even if the number is 0.
_ALWAYS: Final = frozenset({Fate.PUBLISHED, Fate.KNOWN})


def rebuild(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="Completions, one JSON object a line; - for the standard input."),
    ] = "-",
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Publish the completions of FILE that the ledger does not know, for instance after a loss of Redis.

    Each line has the fields that `.delay()` takes. --since and --until choose by `completed_at`. A completion that the
    ledger knows is left alone, so an interrupted run may be repeated. A delivered event is known for
    LESSONHOOK_DELIVERED_RETENTION_DAYS; older ones are sent again, with the webhook-id that they had.
    Ends with 1 if a line is bad; the other lines are published all the same.
    """
    first, last = read_window(since, until)
    desk = open_desk()
    with opened(file, "completions from the keyboard, one JSON object a line") as lines:
        fates = desk.rebuild(lines, since=first, until=last, dry_run=dry_run)
        counts, bad = _follow(fates, quiet=as_json)
    if as_json:
        output.write_json(
            {
                "dry_run": dry_run,
                **{fate.value: counts[fate] for fate in Fate},
                "bad_lines": [{"line": line.number, "problem": line.problem} for line in bad],
            }
        )
    else:
        output.write_line(_summary(counts, dry_run=dry_run))
    if bad:
        raise typer.Exit(ExitCode.NOT_WELL)


def _follow(lines: Iterable[Line], *, quiet: bool) -> tuple[Counter[Fate], list[Line]]:
    counts: Counter[Fate] = Counter()
    bad: list[Line] = []
    try:
        for line in lines:
            counts[line.fate] += 1
            if line.fate is Fate.BAD:
                bad.append(line)
                if not quiet:
                    output.err().print(f"line {line.number}: {line.problem}")
            if not quiet and counts.total() % _REPORT_EVERY == 0:
                output.err().print(f"{count(counts.total(), 'line')}: {_fates(counts)}")
    except PublishFailed:
        output.err().print(f"stopped after {count(counts.total(), 'line')}: {_fates(counts)}; run it again")
        raise
    except KeyboardInterrupt:
        output.err().print(f"interrupted after {count(counts.total(), 'line')}: {_fates(counts)}; it may be run again")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    return counts, bad


def _summary(counts: Counter[Fate], *, dry_run: bool) -> str:
    return f"{'would be ' if dry_run else ''}{_fates(counts)}"


def _fates(counts: Counter[Fate]) -> str:
    return ", ".join(f"{counts[fate]:,} {words}" for fate, words in _WORDS.items() if counts[fate] or fate in _ALWAYS)
