"""A plain script: a nightly import that publishes the completions of a CSV file.

    export LESSONHOOK_REDIS_URL="$(cat var/valkey/url)"                # the server of `make run`
    export SCHOOL_BROKER_URL="${LESSONHOOK_REDIS_URL%0}1"
    python examples/script.py acme completions.csv

The file's columns: user_id, name, email, lesson_id, title, score, completed_at (ISO 8601 with an offset). Run twice, it
sends nothing twice: the id of a completion is made of company, learner, lesson and `completed_at`.
Ends with 1 if a line was refused, with 2 if Redis does not reply; run it again then.
"""

import csv
import os
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

from celery import Celery

from lessonhook.producer import CompletionEvent, InvalidCompletion, Lesson, PublishFailed, User, send_completion

# The LMS's own Celery application, on its own broker: it stays the current one.
school = Celery("school", broker=os.environ["SCHOOL_BROKER_URL"])


@school.task(name="school.report_import", ignore_result=True)
def report_import(sent: int, refused: int) -> None:
    """Stand for what the LMS does in tasks of its own."""


def score(text: str) -> Decimal | None:
    """Return a score, or None if it is empty; an empty score is not 0."""
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        raise InvalidCompletion({"score": "must be a number, or empty"}) from None


def completion(company: str, row: dict[str, str]) -> CompletionEvent:
    """Return the completion of a line."""
    return CompletionEvent(
        subscriber=company,
        user=User(id=row["user_id"], name=row["name"], email=row["email"]),
        lesson=Lesson(id=row["lesson_id"], title=row["title"]),
        score_percent=score(row["score"]),
        completed_at=row["completed_at"],
    )


def main(company: str, file: Path) -> int:
    """Publish each line that is right, and report the others."""
    sent = refused = 0
    # Spreadsheets write a mark before the first name. "utf-8-sig" removes it.
    with file.open(newline="", encoding="utf-8-sig") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            try:
                publication = send_completion.delay(completion(company, row))
            except InvalidCompletion as problem:
                # It names fields and rules and quotes no value, so that it may go to any log.
                sys.stderr.write(f"line {number}: {problem}\n")
                refused += 1
            except PublishFailed as problem:
                sys.stderr.write(f"line {number}: {problem}\n")
                return 2
            else:
                sys.stdout.write(f"line {number}: {publication.recorded} {publication.id}\n")
                sent += 1
    report_import.delay(sent, refused)
    return 1 if refused else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:  # noqa: PLR2004 - the name of this file, the company and the CSV file
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
