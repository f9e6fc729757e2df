"""A receiver in FastAPI: checks the sender, drops repeats, keeps the newest result of a learner and lesson.

    export WEBHOOK_AUTHORIZATION='Token abc' WEBHOOK_SECRET=whsec_... RESULTS=results.sqlite3
    python examples/receivers/fastapi_receiver.py 9000

Nothing of lessonhook is needed here. Leave out what you do not use: a company that set no signing secret gets no
signature.
"""

import base64
import hmac
import os
import sqlite3
import sys
import time
from contextlib import closing
from datetime import datetime
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel

AUTHORIZATION = os.environ["WEBHOOK_AUTHORIZATION"]
SECRET = os.environ["WEBHOOK_SECRET"]
RESULTS = os.environ["RESULTS"]
#: Seconds. An older request may be one that somebody recorded and sends again.
TOLERANCE = 300

app = FastAPI()
with closing(sqlite3.connect(RESULTS)) as _setup:
    _setup.executescript("""
        CREATE TABLE IF NOT EXISTS seen (webhook_id TEXT PRIMARY KEY);
        CREATE TABLE IF NOT EXISTS result (
            user_id TEXT, lesson_id TEXT, completed_at TEXT, score REAL, PRIMARY KEY (user_id, lesson_id)
        );
        CREATE TABLE IF NOT EXISTS congratulation (user_id TEXT, lesson_id TEXT);
    """)


class User(BaseModel):
    """The fields of a learner that are needed. Others are ignored, also those of a later contract."""

    id: str


class Lesson(BaseModel):
    """The fields of a lesson that are needed."""

    id: str


class Completion(BaseModel):
    """The fields of a completion that are needed. docs/contract/schema.json describes all."""

    user: User
    lesson: Lesson
    completed_at: datetime
    score_percent: float | None


async def trusted(
    request: Request,
    webhook_id: Annotated[str, Header()],
    webhook_timestamp: Annotated[int, Header()],
    authorization: Annotated[str, Header()] = "",
    webhook_signature: Annotated[str, Header()] = "",
) -> str:
    """Return the id of a genuine, recent and complete request; respond with 401 to any other."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    # The bytes as they came; decoded and encoded again, they may be others.
    signed = f"{webhook_id}.{webhook_timestamp}.".encode() + await request.body()
    expected = b"v1," + base64.b64encode(hmac.digest(key, signed, "sha256"))
    # Two signatures while the secret is rotated, with a blank between.
    genuine = any(hmac.compare_digest(one, expected) for one in webhook_signature.encode().split())
    known = hmac.compare_digest(authorization.encode("latin-1"), AUTHORIZATION.encode("latin-1"))
    if not (known and genuine and abs(time.time() - webhook_timestamp) <= TOLERANCE):
        raise HTTPException(401)
    return webhook_id


@app.post("/completions", status_code=204)
def completion(
    webhook_id: Annotated[str, Depends(trusted)],
    payload: Completion,
    webhook_backfill: Annotated[str, Header()] = "",
) -> None:
    """Respond with 204 only when the result is written, because any other response has it sent again."""
    # The sample, by which somebody tries the endpoint, is accepted and kept nowhere.
    if webhook_id.startswith("test-"):
        return
    with closing(sqlite3.connect(RESULTS)) as database, database:
        fresh = database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (webhook_id,)).rowcount
        if not fresh:
            return
        # A retake's result may come before the older one that was held back: the newest stays.
        database.execute(
            "INSERT INTO result VALUES (?, ?, ?, ?) ON CONFLICT (user_id, lesson_id) DO UPDATE SET"
            " completed_at = excluded.completed_at, score = excluded.score"
            " WHERE excluded.completed_at >= result.completed_at",
            (payload.user.id, payload.lesson.id, payload.completed_at.isoformat(), payload.score_percent),
        )
        # A job of yours congratulates those in this table; nobody is congratulated for a lesson of long ago.
        if webhook_backfill != "true":
            key = (payload.user.id, payload.lesson.id)
            database.execute("INSERT INTO congratulation VALUES (?, ?)", key)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))
