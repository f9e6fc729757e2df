"""The receiver's library works where neither Redis nor Celery is installed."""

import json
import subprocess
import sys
import time

from packaging.requirements import Requirement

from lessonhook.ledger import new_signing_secret
from lessonhook.ledger.subscriptions import signature
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import PROJECT, ROOMS, ROOT

#: Of the base install, the one that the library needs.
_NEEDED = "pydantic"


def test_it_is_imported_and_used_with_pydantic_alone() -> None:
    """Every other requirement of the distribution, and every other room, is missing there."""
    required = {Requirement(line).name.replace("-", "_") for line in PROJECT["project"]["dependencies"]}
    # Pydantic itself needs this one.
    missing = required - {_NEEDED, "typing_extensions"} | {"kombu"}
    missing |= {f"lessonhook.{room}" for room in ROOMS if room != "receiver"}
    assert {"redis", "celery", "lessonhook.config"} <= missing
    body = (ROOT / "docs" / "contract" / "sample.json").read_bytes()
    secret, now = new_signing_secret(), int(time.time())
    headers = {
        "webhook-id": "5f0e",
        "webhook-timestamp": str(now),
        "webhook-signature": signature([secret], event_id="5f0e", timestamp=now, body=body),
    }
    # None in place of a module makes its import fail.
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({missing!r}))\n"
        "import lessonhook.receiver\n"
        f"print(lessonhook.receiver.receive({headers!r}, {body!r}, {secret!r}).completion.user.name)"
    )
    used = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert used.stdout == f"{json.loads(body)['user']['name']}\n"
