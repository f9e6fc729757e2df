"""An outbox: no completion is lost although Redis is down while the learner completes the lesson.

    export LESSONHOOK_REDIS_URL="$(cat var/valkey/url)" LMS_DATABASE=lms.sqlite3
    python examples/outbox.py complete acme 17 1000 92.5     # writes, and sends it
    python examples/outbox.py relay                          # from cron, each minute: sends what could not be sent
    python examples/outbox.py dump > waiting.jsonl           # or by hand: lessonhook rebuild waiting.jsonl

The completion and its place in the outbox are written in one transaction, so that there is never one without the
other. A place is removed when the completion is recorded by lessonhook; a crash between the two sends it again, and
its id keeps it from arriving twice. `relay` ends with 75 if something still waits.
"""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from lessonhook.producer import CompletionEvent, InvalidCompletion, Lesson, PublishFailed, User, send_completion

_TABLES = """
CREATE TABLE IF NOT EXISTS completion (company TEXT, user_id TEXT, lesson_id TEXT, score REAL, completed_at TEXT);
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, refused TEXT);
CREATE VIEW IF NOT EXISTS waiting AS SELECT id, event FROM outbox WHERE refused IS NULL;
"""


@contextmanager
def database() -> Iterator[sqlite3.Connection]:
    """Open the LMS's database."""
    with closing(sqlite3.connect(os.environ.get("LMS_DATABASE", "lms.sqlite3"))) as connection:
        connection.executescript(_TABLES)
        yield connection


# --8<-- [start:core]
def complete(connection: sqlite3.Connection, company: str, user_id: str, lesson_id: str, score: float) -> None:
    """Write a completed lesson and its place in the outbox, both or neither; then publish it."""
    event = CompletionEvent(
        subscriber=company,
        user=User(id=user_id, name="Ada Okafor", email="ada@acme.example"),
        lesson=Lesson(id=lesson_id, title="Fire Safety"),
        score_percent=score,
        completed_at=datetime.now(UTC),
    )
    with connection:
        row = (company, user_id, lesson_id, score, event.completed_at.isoformat())
        connection.execute("INSERT INTO completion VALUES (?, ?, ?, ?, ?)", row)
        connection.execute("INSERT INTO outbox (event) VALUES (?)", (event.model_dump_json(),))
    # A few only, because the learner waits. After an outage there may be thousands, which cron publishes.
    relay(connection, at_most=10)


def relay(connection: sqlite3.Connection, at_most: int) -> int:
    """Publish the waiting completions, oldest first; return how many still wait.

    Several may run at once, because a completion that two of them publish is a duplicate.
    """
    waiting = connection.execute("SELECT id, event FROM waiting ORDER BY id LIMIT ?", (at_most,)).fetchall()
    for place, event in waiting:
        try:
            send_completion.delay(CompletionEvent.model_validate_json(event))
        except PublishFailed as problem:
            sys.stderr.write(f"{problem}\n")
            break
        except InvalidCompletion as problem:
            # An option of the subscription, such as numeric_ids, refuses it: set it aside for a person and go on.
            sys.stderr.write(f"outbox {place}: {problem}\n")
            with connection:
                connection.execute("UPDATE outbox SET refused = ? WHERE id = ?", (str(problem), place))
        else:
            with connection:
                connection.execute("DELETE FROM outbox WHERE id = ?", (place,))
    (left,) = connection.execute("SELECT count(*) FROM waiting").fetchone()
    return int(left)


# --8<-- [end:core]


def dump(connection: sqlite3.Connection) -> None:
    """Write the completions in the outbox as JSON lines, which `lessonhook rebuild` reads."""
    for (event,) in connection.execute("SELECT event FROM outbox ORDER BY id"):
        sys.stdout.write(f"{event}\n")


def main(command: str = "", *arguments: str) -> int:
    """Return 0, or 75 (try again later) if a completion still waits."""
    with database() as connection:
        match command, arguments:
            case "complete", (company, user_id, lesson_id, score):
                complete(connection, company, user_id, lesson_id, float(score))
            case "dump", ():
                dump(connection)
            case "relay", ():
                return os.EX_TEMPFAIL if relay(connection, at_most=10_000) else os.EX_OK
            case _:
                sys.exit(__doc__)
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
