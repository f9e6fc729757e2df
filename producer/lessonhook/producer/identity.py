"""The id of an event. A completion has the same id in every process and release, so that it is sent once."""

from hashlib import sha1
from json.encoder import encode_basestring_ascii
from typing import Final
from uuid import UUID

from lessonhook.producer.contract import CompletionEvent

#: Drawn at random once and fixed for ever, because another one would make a new event of every known completion.
NAMESPACE: Final = UUID("d9adfa5a-edfe-45c4-b6b2-032c2054392a")


def event_id_of(event: CompletionEvent) -> str:
    """Return the id that the LMS gave, or a UUIDv5 over subscriber, learner, lesson and `completed_at`.

    A retake has its own `completed_at` and therefore its own id. An id of the LMS is the same as 7 and as "7".
    """
    if event.event_id is not None:
        return event.event_id
    # A JSON list and not a joined text, so that no choice of ids can make two completions look the same.
    facts = event.subscriber, event.user.id, event.lesson.id, event.completed_at.isoformat()
    return _uuid5(f"[{', '.join(map(encode_basestring_ascii, facts))}]")


def _uuid5(name: str) -> str:
    """Return `str(uuid5(NAMESPACE, name))`, written out, because an import of a department makes 20,000 of them."""
    digest = sha1(NAMESPACE.bytes + name.encode(), usedforsecurity=False).hexdigest()
    variant = f"{int(digest[16], 16) & 0x3 | 0x8:x}"
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"
