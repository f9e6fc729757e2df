"""`manage.py publish_completions FILE`: publishes many completions, such as an import of a department."""

import json
import sys
from argparse import ArgumentParser, FileType
from collections.abc import Iterable, Iterator
from typing import Any, Final, TextIO, cast

from django.core.management.base import BaseCommand, CommandError

from lessonhook.config import LessonhookError
from lessonhook.ledger import Recorded
from lessonhook.producer import CompletionDict, InvalidCompletions, send_completion

#: Wrong lines that are named: as many as a terminal shows at once.
_NAMED: Final = 20


class Command(BaseCommand):
    """Publish completions, each a line of JSON with the fields that `send_completion.delay` takes."""

    help = "Publish completions from a file: each line is JSON with the fields that send_completion.delay() takes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file."""
        parser.add_argument("file", type=FileType("r", encoding="utf-8"), help="the file; - is the standard input")
        parser.add_argument(
            "--backfill",
            action="store_true",
            help="they are from before the subscriptions began: send them after all others, at a pace",
        )

    def handle(self, *_: object, **options: Any) -> None:
        """Check every line, then publish all. If any line is wrong, name them and why, and publish none."""
        file: TextIO = options["file"]
        if file is sys.stdin and file.isatty():
            self.stderr.write("Waiting for lines; end them with Ctrl-D.")
        lines: list[int] = []
        no_json: list[int] = []
        try:
            with file:
                publish = send_completion.backfill if options["backfill"] else send_completion.delay_many
                done = publish(_completions(file, lines, no_json))
        except InvalidCompletions as error:
            rules = {lines[index]: _rules(problems) for index, problems in error.by_index.items()}
            raise CommandError(_wrong(rules | dict.fromkeys(no_json, "is not JSON"))) from error
        except UnicodeDecodeError:
            # It came while the lines were checked. Its own text would quote a part of the file.
            raise CommandError("Nothing was published.\nthe file is not UTF-8") from None
        except LessonhookError as error:
            raise CommandError(str(error)) from error
        known, unsubscribed = (done.counts.get(what, 0) for what in (Recorded.DUPLICATE, Recorded.NO_SUBSCRIPTION))
        self.stdout.write(
            f"{done.total} completions: {done.total - known - unsubscribed} recorded, {known} known already, "
            f"{unsubscribed} for subscribers without a subscription"
        )


def _completions(file: Iterable[str], lines: list[int], no_json: list[int]) -> Iterator[CompletionDict]:
    """Yield what the lines say, and note the number of each line, and of each that is no JSON.

    A line that is no JSON yields an empty completion, which breaks rules: the others are checked, and none is sent.
    """
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        lines.append(number)
        try:
            completion: CompletionDict = json.loads(line)
        except (ValueError, RecursionError):
            no_json.append(number)
            completion = cast("CompletionDict", {})
        yield completion


def _wrong(rules: dict[int, str]) -> str:
    """Return what is wrong with each line, up to a number of them."""
    named = [f"line {number}: {said}" for number, said in sorted(rules.items())[:_NAMED]]
    more = len(rules) - len(named)
    return "\n".join(["Nothing was published.", *named, *([f"and {more:,} more lines"] if more else [])])


def _rules(problems: dict[str, str]) -> str:
    return "; ".join(f"{field}: {rule}" for field, rule in problems.items())
