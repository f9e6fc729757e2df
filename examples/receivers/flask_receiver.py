"""A receiver in Flask: checks the sender, drops repeats, keeps the newest result of a learner and lesson.

    export WEBHOOK_AUTHORIZATION='Token abc' WEBHOOK_SECRET=whsec_... RESULTS=results.sqlite3
    flask --app examples/receivers/flask_receiver.py run --port 9000

Nothing of lessonhook is needed here. Leave out what you do not use: a company that set no signing secret gets no
signature.
"""

import base64
import hmac
import json
import os
import sqlite3
import time
from contextlib import closing

from flask import Flask, abort, request

AUTHORIZATION = os.environ["WEBHOOK_AUTHORIZATION"]
SECRET = os.environ["WEBHOOK_SECRET"]
RESULTS = os.environ["RESULTS"]
#: Seconds. An older request may be one that somebody recorded and sends again.
TOLERANCE = 300

app = Flask(__name__)
with closing(sqlite3.connect(RESULTS)) as _setup:
    _setup.executescript("""
        CREATE TABLE IF NOT EXISTS seen (webhook_id TEXT PRIMARY KEY);
        CREATE TABLE IF NOT EXISTS result (
            user_id TEXT, lesson_id TEXT, completed_at TEXT, score REAL, PRIMARY KEY (user_id, lesson_id)
        );
        CREATE TABLE IF NOT EXISTS congratulation (user_id TEXT, lesson_id TEXT);
    """)


@app.post("/completions")
def completion() -> tuple[str, int]:
    """Respond with 204 only when the result is written, because any other response has it sent again."""
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), AUTHORIZATION.encode()):
        abort(401)
    body = request.get_data()
    webhook_id = request.headers.get("webhook-id", "")
    if not signed(webhook_id, request.headers.get("webhook-timestamp", ""), body):
        abort(401)
    # The sample, by which somebody tries the endpoint, is accepted and kept nowhere.
    if not webhook_id.startswith("test-"):
        is_past = request.headers.get("webhook-backfill") == "true"
        keep(webhook_id, json.loads(body), is_past=is_past)
    return "", 204


def signed(webhook_id: str, timestamp: str, body: bytes) -> bool:
    """Check the signature of the received bytes, because decoding and encoding may change them."""
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE:
        return False
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{webhook_id}.{timestamp}.".encode() + body, "sha256")
    expected = b"v1," + base64.b64encode(digest)
    # Two signatures while the secret is rotated, with a blank between.
    given = request.headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(one, expected) for one in given)


def keep(webhook_id: str, payload: dict[str, dict[str, object]], *, is_past: bool) -> None:
    """Write a result once, and never an older one over a newer one; both in one transaction."""
    with closing(sqlite3.connect(RESULTS)) as database, database:
        fresh = database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (webhook_id,)).rowcount
        if not fresh:
            return
        # The times are UTC with Z: as text they sort as they should.
        database.execute(
            "INSERT INTO result VALUES (?, ?, ?, ?) ON CONFLICT (user_id, lesson_id) DO UPDATE SET"
            " completed_at = excluded.completed_at, score = excluded.score"
            " WHERE excluded.completed_at >= result.completed_at",
            (payload["user"]["id"], payload["lesson"]["id"], payload["completed_at"], payload["score_percent"]),
        )
        # A job of yours congratulates those in this table; nobody is congratulated for a lesson of long ago.
        if not is_past:
            key = (payload["user"]["id"], payload["lesson"]["id"])
            database.execute("INSERT INTO congratulation VALUES (?, ?)", key)
