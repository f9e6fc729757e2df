"""A receiver in Flask with `lessonhook.receiver`: checks the sender, drops repeats, keeps the newest result.

    export WEBHOOK_AUTHORIZATION='Token abc' WEBHOOK_SECRET=whsec_... RESULTS=results.sqlite3
    flask --app examples/receivers/flask_with_library.py run --port 9000

The library checks and parses; the results, and the ids beside them, are in a database of yours.
"""

import os
import sqlite3
from contextlib import closing

from flask import Flask, request

from lessonhook.receiver import Refused, SqliteSeenIds, receive, verify_authorization

RESULTS = os.environ["RESULTS"]

app = Flask(__name__)
with closing(sqlite3.connect(RESULTS)) as _setup:
    _setup.executescript("""
        CREATE TABLE IF NOT EXISTS result (
            user_id TEXT, lesson_id TEXT, completed_at TEXT, score REAL, PRIMARY KEY (user_id, lesson_id)
        );
        CREATE TABLE IF NOT EXISTS congratulation (user_id TEXT, lesson_id TEXT);
    """)


@app.errorhandler(Refused)
def refused(reason: Refused) -> tuple[str, int]:
    """Write the reason to the log, and respond with its status."""
    app.logger.warning("refused: %s", reason)
    return "", reason.status


@app.post("/completions")
def completion() -> tuple[str, int]:
    """Respond with 204 only when the result is written, because any other response has it sent again."""
    verify_authorization(request.headers, os.environ["WEBHOOK_AUTHORIZATION"])
    # The bytes as they came; decoded and encoded again, they may be others.
    received = receive(request.headers, request.get_data(), os.environ["WEBHOOK_SECRET"])
    if received.is_test:
        return "", 204
    done = received.completion
    # One transaction: the id is stored with the result, or neither.
    with closing(sqlite3.connect(RESULTS)) as database, database:
        if SqliteSeenIds(database).first_time(received.webhook_id):
            # A retake's result may come before the older one that was held back: the newest stays.
            database.execute(
                "INSERT INTO result VALUES (?, ?, ?, ?) ON CONFLICT (user_id, lesson_id) DO UPDATE SET"
                " completed_at = excluded.completed_at, score = excluded.score"
                " WHERE excluded.completed_at >= result.completed_at",
                (*done.key, done.completed_at.isoformat(), done.score_percent),
            )
            # A job of yours congratulates those in this table; nobody is congratulated for a lesson of long ago.
            if not received.is_backfill:
                database.execute("INSERT INTO congratulation VALUES (?, ?)", done.key)
    return "", 204
