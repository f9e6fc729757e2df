"""Standard Webhooks signatures. They prove to a receiver that the bytes are ours, recent and complete."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from functools import lru_cache

from lessonhook.ledger.subscriptions.credentials import secret_key

_key_of = lru_cache(maxsize=1024)(secret_key)


def signature(secrets: Iterable[str], *, event_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: a `v1` signature for each secret, separated by blanks.

    The receiver needs to know one of the secrets (Standard Webhooks, "Signature scheme").
    """
    signed = b"%b.%d.%b" % (event_id.encode(), timestamp, body)
    digests = (hmac.digest(_key_of(secret), signed, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
