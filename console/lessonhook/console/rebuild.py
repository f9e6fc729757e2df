"""`lessonhook rebuild`: the LMS is the source of truth; what Redis has lost is published again from it."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer

from lessonhook.console import output
from lessonhook.console.access import open_producer
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.moments import Since, Until, read_window
from lessonhook.console.rebuilding import Fate, Line, Rebuilding
from lessonhook.console.wording import count
from lessonhook.producer import PublishFailed

#: Lines between two signs of progress.
_REPORT_EVERY: Final = 10_000
_STDIN: Final = "-"
_WORDS: Final = {
    Fate.PUBLISHED: "published",
    Fate.KNOWN: "known already",
    Fate.NO_SUBSCRIPTION: "of companies without a subscription",
    Fate.OUTSIDE: "outside the window",
    Fate.BAD: "bad",
}
#: Said even of none.
_ALWAYS: Final = frozenset({Fate.PUBLISHED, Fate.KNOWN})


def rebuild(
    file: Annotated[str, typer.Argument(help="Completions, one JSON object a line; - for the standard input.")] = "-",
    since: Since = None,
    until: Until = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be published.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Publish the completions of FILE that the ledger does not know, for instance after a loss of Redis.

    Each line has what `.delay()` takes. --since and --until choose by `completed_at`. What the ledger knows is left
    alone, so a run that broke off may be repeated. A delivered event is known for LESSONHOOK_DELIVERED_RETENTION_DAYS:
    older ones are sent again, under the webhook-id that they had.
    Ends with 1 if a line is bad; the others are published all the same.
    """
    first, last = read_window(since, until)
    rebuilding = Rebuilding(producer=open_producer(), since=first, until=last)
    with _opened(file) as lines:
        fates = rebuilding.count(lines) if dry_run else rebuilding.publish(lines)
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
        output.say(_summary(counts, dry_run=dry_run))
    if bad:
        raise typer.Exit(ExitCode.NOT_WELL)


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == _STDIN:
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 - closed below; an error of reading it is none of opening it
    except OSError as error:
        raise Complaint(f"FILE can't be read: {error.strerror}", ExitCode.WRONG_USAGE) from None
    with stream:
        yield stream


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
    return ", ".join(f"{counts[fate]:,} {said}" for fate, said in _WORDS.items() if counts[fate] or fate in _ALWAYS)
