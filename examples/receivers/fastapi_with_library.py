"""A receiver in FastAPI with `lessonhook.receiver`: checks the sender, drops repeats, keeps the newest result.

    export WEBHOOK_AUTHORIZATION='Token abc' WEBHOOK_SECRET=whsec_... RESULTS=results.sqlite3
    python examples/receivers/fastapi_with_library.py 9000

The library checks and parses; the results, and the ids beside them, are in a database of yours.
"""

import os
import sqlite3
import sys
from contextlib import closing
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request

from lessonhook.receiver import Received, Refused, SqliteSeenIds, receive, verify_authorization

RESULTS = os.environ["RESULTS"]

app = FastAPI()
with closing(sqlite3.connect(RESULTS)) as _setup:
    _setup.executescript("""
        CREATE TABLE IF NOT EXISTS result (
            user_id TEXT, lesson_id TEXT, completed_at TEXT, score REAL, PRIMARY KEY (user_id, lesson_id)
        );
        CREATE TABLE IF NOT EXISTS congratulation (user_id TEXT, lesson_id TEXT);
    """)


async def trusted(request: Request) -> Received:
    """Return what a genuine, recent POST holds; respond to any other with the status of its fault."""
    try:
        verify_authorization(request.headers, os.environ["WEBHOOK_AUTHORIZATION"])
        # The bytes as they came; decoded and encoded again, they may be others.
        return receive(request.headers, await request.body(), os.environ["WEBHOOK_SECRET"])
    except Refused as reason:
        raise HTTPException(reason.status) from reason


@app.post("/completions", status_code=204)
def completion(received: Annotated[Received, Depends(trusted)]) -> None:
    """Respond with 204 only when the result is written, because any other response has it sent again."""
    if received.is_test:
        return
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


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))
