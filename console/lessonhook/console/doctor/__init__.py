"""`lessonhook doctor`: whether everything is there that delivering needs, and whether it can be trusted."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer
from redis.exceptions import RedisError
from rich.text import Text

from lessonhook.config import explain, server_of
from lessonhook.console.access import open_unasked_producer
from lessonhook.console.doctor.finding import Finding, Level, fail
from lessonhook.console.doctor.ledger_checks import check_ledger
from lessonhook.console.doctor.redis_checks import check_redis
from lessonhook.console.doctor.safety_checks import check_encryption, check_guard
from lessonhook.console.doctor.settings_check import check_settings
from lessonhook.console.doctor.subscription_checks import check_subscriptions
from lessonhook.console.doctor.worker_checks import check_broker, check_heartbeats
from lessonhook.console.exits import ExitCode
from lessonhook.console.views import output

if TYPE_CHECKING:
    from lessonhook.producer import Producer

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
    findings = list(_examine(open_unasked_producer(), only_producer=producer))
    if as_json:
        output.write_json({"findings": [asdict(finding) for finding in findings]})
    else:
        _show(findings)
    failed = [finding.what for finding in findings if finding.level is Level.FAIL]
    if failed:
        raise typer.Exit(ExitCode.NO_REDIS if "redis" in failed else ExitCode.NOT_WELL)


def _examine(producer: "Producer", *, only_producer: bool) -> Iterator[Finding]:
    ledger, settings = producer.ledger, producer.app.settings
    server = server_of(settings.redis_url)
    yield check_settings(os.environ)
    try:
        yield from check_redis(ledger.redis, server)
        yield from check_ledger(ledger, settings.alive_within_seconds)
        if not only_producer:
            yield from check_heartbeats(ledger, settings.alive_within_seconds)
            yield from check_subscriptions(ledger, settings)
    except RedisError as error:
        yield fail("redis", explain(error, server), "see LESSONHOOK_REDIS_URL")
    yield from check_broker(producer.app, with_queues=not only_producer)
    if not only_producer:
        yield from check_guard(settings)
    yield from check_encryption(settings, ledger)


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
