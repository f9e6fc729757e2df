"""`manage.py publish_completions FILE`: publishes many completions, such as an import of a department."""

import json
import sys
from argparse import ArgumentParser, FileType
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from lessonhook.config import LessonhookError
from lessonhook.ledger import Recorded
from lessonhook.producer import CompletionDict, InvalidCompletions, send_completion


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
        """Check every line, then publish all. If any line is wrong, say which and why, and publish none."""
        file: TextIO = options["file"]
        if file is sys.stdin and file.isatty():
            self.stderr.write("Waiting for lines; end them with Ctrl-D.")
        lines: list[int] = []
        try:
            with file:
                publish = send_completion.backfill if options["backfill"] else send_completion.delay_many
                done = publish(_completions(file, lines))
        except InvalidCompletions as error:
            wrong = [f"line {lines[index]}: {_rules(problems)}" for index, problems in error.by_index.items()]
            raise CommandError("Nothing was published.\n" + "\n".join(wrong)) from error
        except LessonhookError as error:
            raise CommandError(str(error)) from error
        known, unsubscribed = (done.counts.get(what, 0) for what in (Recorded.DUPLICATE, Recorded.NO_SUBSCRIPTION))
        self.stdout.write(
            f"{done.total} completions: {done.total - known - unsubscribed} recorded, {known} known already, "
            f"{unsubscribed} for subscribers without a subscription"
        )


def _completions(file: Iterable[str], lines: list[int]) -> Iterator[CompletionDict]:
    """Yield what the lines say, and note the number of each line. A line that is no JSON raises CommandError."""
    for number, line in enumerate(file, start=1):
        if line.strip():
            lines.append(number)
            try:
                yield json.loads(line)
            except ValueError:
                raise CommandError(f"Nothing was published.\nline {number}: is not JSON") from None


def _rules(problems: dict[str, str]) -> str:
    return "; ".join(f"{field}: {rule}" for field, rule in problems.items())
