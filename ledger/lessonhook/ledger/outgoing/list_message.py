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
#: The form in parts: a script of Redis adds the headers and the queue.
_BEFORE_HEADERS, _BEHIND_HEADERS = _FORM.split("%(headers)s")
_BEFORE_QUEUE, _BEHIND_QUEUE = _BEHIND_HEADERS.split("%(queue)s")
_quoted: Final = json.JSONEncoder().encode


def list_message(subscriber: str, event_id: str) -> ListMessage:
    """Write the message of an event for the script that records it. Each call gives it another delivery tag."""
    facts = _facts(subscriber, event_id)
    before_time = f'{_BEFORE_HEADERS % facts}"{QUEUED_HEADER}": '
    return ListMessage(BROKER_KEY_PREFIX, before_time, _BEFORE_QUEUE % facts, _BEHIND_QUEUE % facts)


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
    facts = _facts(subscriber, event_id, eta)
    return f"{_BEFORE_HEADERS % facts}{more}{_BEFORE_QUEUE % facts}{queue}{_BEHIND_QUEUE % facts}"


def _facts(subscriber: str, event_id: str, eta: str | None = None) -> dict[str, object]:
    quoted_id = _quoted(event_id)
    body = _BODY % (_quoted(subscriber), quoted_id)
    return {
        "body": base64.b64encode(body.encode()).decode(),
        "id": quoted_id,
        "eta": "null" if eta is None else _quoted(eta),
        "arguments": _quoted(repr((subscriber, event_id))),
        "tag": uuid.uuid4(),
    }
