"""`lessonhook doctor`: whether everything is there that delivering needs, and whether it can be trusted."""

from collections import Counter
from dataclasses import asdict
from typing import Annotated, Final

import typer
from rich.text import Text

from lessonhook.console.access import open_unasked_producer
from lessonhook.console.doctor.finding import Finding, Level
from lessonhook.console.exits import ExitCode
from lessonhook.console.views import output

__all__ = ["doctor"]

_STYLES: Final = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
    producer: Annotated[
        bool, typer.Option("--producer", help="Only what an LMS needs to publish; for its start or its deployment.")
    ] = False,
) -> None:
    """Examine Redis, the broker, the workers, client certificates, the guard against private addresses and encryption.

    Each line begins with ok, warn or fail; below a warning or failure stands what to do. It changes and sends nothing.
    Ends with 1 if a check failed, with 3 if Redis did not reply; with warnings alone it ends with 0.
    """
    # The checks need the worker's packages, whose import would take a third of every other command's start.
    from lessonhook.console.doctor.examination import examine  # noqa: PLC0415 - as above

    findings = list(examine(open_unasked_producer(), only_producer=producer))
    if as_json:
        output.write_json({"findings": [asdict(finding) for finding in findings]})
    else:
        _show(findings)
    failed = [finding.what for finding in findings if finding.level is Level.FAIL]
    if failed:
        raise typer.Exit(ExitCode.NO_REDIS if "redis" in failed else ExitCode.NOT_WELL)


def _show(findings: list[Finding]) -> None:
    console = output.out()
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        mark = Text(f"{finding.level:<4}", style=_STYLES[finding.level])
        console.print(Text.assemble(mark, f"  {finding.what:<{width}}  {finding.found}"), soft_wrap=True)
        if finding.cure:
            console.print(f"{'':<{width + 8}}{finding.cure}", soft_wrap=True)
    counts = Counter(finding.level for finding in findings)
    console.print(", ".join(f"{counts[level]} {level}" for level in Level if counts[level]))
