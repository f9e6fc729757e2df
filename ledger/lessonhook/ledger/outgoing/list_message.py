"""Writes a message as kombu writes it into a list of Redis, for those who add it to the list without kombu.

The script of a record does so: an event and its message then come about in one step and one round trip. The event loop
of a worker does so, because kombu would block it. This is the only place that knows kombu's form; a test compares it
with kombu's own, byte by byte.
"""

import base64
import json
import socket
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from lessonhook.config import BROKER_KEY_PREFIX, TASK_NAME
from lessonhook.ledger.transitions.results import ListMessage

#: Names the publisher in the form that Celery uses. Celery would compute it again for each message.
ORIGIN: Final = f"lessonhook@{socket.gethostname()}"
#: The header with the time at which the slot was taken (milliseconds, Redis' clock). By it the sweep knows which
#: messages may still wait in the broker.
QUEUED_HEADER: Final = "queued_ms"
#: A task's arguments, keyword arguments and what follows it.
_BODY: Final = '[[%s, %s], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]'
#: Stands for what only the script knows. No text of JSON has it.
_GAP: Final = "\0"
_FORM: Final = (
    '{"body": "%(body)s", "content-encoding": "utf-8", "content-type": "application/json", '
    f'"headers": {{"lang": "py", "task": "{TASK_NAME}", "id": %(id)s, "shadow": null, "eta": %(eta)s, "expires": null, '
    '"group": null, "group_index": null, "retries": 0, "timelimit": [null, null], "root_id": %(id)s, '
    '"parent_id": null, "argsrepr": %(arguments)s, "kwargsrepr": "{}", '
    f'"origin": {json.dumps(ORIGIN)}, "ignore_result": true, "replaced_task_nesting": 0, "stamped_headers": null, '
    '"stamps": {}, %(headers)s}, '
    '"properties": {"correlation_id": %(id)s, "reply_to": "", "delivery_mode": 2, '
    '"delivery_info": {"exchange": "", "routing_key": "%(queue)s"}, "priority": 0, "body_encoding": "base64", '
    '"delivery_tag": "%(tag)s"}}'
)


def list_message(subscriber: str, event_id: str) -> ListMessage:
    """Write the message of an event for the script that records it. Each call gives it another delivery tag."""
    text = _text(subscriber, event_id, queue=_GAP, headers=f'"{QUEUED_HEADER}": {_GAP}')
    return ListMessage(BROKER_KEY_PREFIX, *text.split(_GAP))


def list_key(queue: str) -> str:
    """Return the key of a queue's list. With one priority, kombu adds nothing to the name (`Channel._q_for_pri`)."""
    return BROKER_KEY_PREFIX + queue


def list_text(
    subscriber: str, event_id: str, queue: str, headers: Mapping[str, int], countdown_seconds: float | None
) -> str:
    """Write a message whole. With a countdown, a worker holds it until then, by its own clock."""
    eta = None
    if countdown_seconds:
        eta = (datetime.now(UTC) + timedelta(seconds=countdown_seconds)).isoformat()
    more = ", ".join(f'"{name}": {value}' for name, value in headers.items())
    return _text(subscriber, event_id, queue=queue, headers=more, eta=eta)


def _text(subscriber: str, event_id: str, *, queue: str, headers: str, eta: str | None = None) -> str:
    quoted_id = json.dumps(event_id)
    body = _BODY % (json.dumps(subscriber), quoted_id)
    return _FORM % {
        "body": base64.b64encode(body.encode()).decode(),
        "id": quoted_id,
        "eta": json.dumps(eta),
        "arguments": json.dumps(repr((subscriber, event_id))),
        "headers": headers,
        "queue": queue,
        "tag": uuid.uuid4(),
    }
