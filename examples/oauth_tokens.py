"""Tokens of OAuth for companies whose endpoints take no other: client credentials, RFC 6749, section 4.4.

    export PYTHONPATH=examples OAUTH_CLIENTS=oauth-clients.json
    export LESSONHOOK_AUTHORIZATION_PROVIDER=oauth_tokens:provide
    lessonhook subscriptions change acme --no-authorization --authorization-from-provider
    lessonhook worker

Only the workers need to read `oauth-clients.json`: {"acme": {"token_url": "https://id.acme.example/token", "client_id":
"lms", "client_secret": "…", "scope": "completions"}}. A worker keeps each token until shortly before it expires, so
this function keeps none.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote_plus

import requests

from lessonhook.producer import Token

#: Workers wait for a few seconds. A token that comes later is used by the event's next turn.
_TIMEOUT_SECONDS = 10


def provide(subscriber: str) -> Token | None:
    """Return a new token for a company, or None if we are no client of its authorization server."""
    client = json.loads(Path(os.environ["OAUTH_CLIENTS"]).read_text(encoding="utf-8")).get(subscriber)
    if client is None:
        return None
    asked = datetime.now(UTC)
    response = requests.post(
        client["token_url"],
        data={"grant_type": "client_credentials", "scope": client.get("scope", "")},
        auth=(quote_plus(client["client_id"]), quote_plus(client["client_secret"])),
        timeout=_TIMEOUT_SECONDS,
        allow_redirects=False,
    )
    response.raise_for_status()
    granted = response.json()
    seconds = granted.get("expires_in")
    return Token(
        value=f"Bearer {granted['access_token']}",
        expires_at=None if seconds is None else asked + timedelta(seconds=int(seconds)),
    )
