"""A company behind a firewall fetches its completions, and stores each once. Needs the standard library only.

Run it each minute: `LESSONHOOK_EVENTS_URL=https://lms.example/webhook/events LESSONHOOK_PULL_TOKEN=… python fetch.py`
"""

import json
import os
import sqlite3
import sys
import urllib.parse
import urllib.request
from typing import Any


def store(results: sqlite3.Connection, events: list[dict[str, str]]) -> None:
    """Store a batch in one transaction; a completion that comes again changes nothing."""
    with results:
        results.execute("CREATE TABLE IF NOT EXISTS completions (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
        rows = [(event["webhook-id"], event["body"]) for event in events]
        results.executemany("INSERT OR IGNORE INTO completions VALUES (?, ?)", rows)


def fetch(url: str, token: str, after: str | None) -> dict[str, Any]:
    """Acknowledge everything up to `after`, and return the next batch."""
    query = "?" + urllib.parse.urlencode({"after": after}) if after else ""
    request = urllib.request.Request(url + query, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - our own URL
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - our own URL
        batch: dict[str, Any] = json.load(response)
    return batch


def fetch_all(url: str, token: str, results: sqlite3.Connection) -> int:
    """Fetch until nothing is left, and return how many completions came. The last call acknowledges the last batch."""
    fetched, after = 0, None
    while True:
        batch = fetch(url, token, after)
        events = batch["events"]
        store(results, events)
        fetched += len(events)
        if not events:
            return fetched
        after = batch["last"]


if __name__ == "__main__":
    with sqlite3.connect("completions.db") as database:
        count = fetch_all(os.environ["LESSONHOOK_EVENTS_URL"], os.environ["LESSONHOOK_PULL_TOKEN"], database)
    sys.stdout.write(f"{count} fetched\n")
