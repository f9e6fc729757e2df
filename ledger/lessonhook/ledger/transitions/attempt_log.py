"""The line that the attempt log keeps of a POST: how it ended, never what was sent. `views/attempts.py` reads it."""

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lessonhook.ledger.transitions.results import Outcome

#: Begins the name of the person who sent an event again, in the place of a worker's name.
REPLAY: Final = "replay by"


def attempt_line(outcome: "Outcome", worker: str) -> str:
    """Write the facts of an attempt as JSON; the script puts Redis' time before them."""
    facts = {
        "seconds": round(outcome.seconds, 6),
        "kind": outcome.kind,
        "reason": outcome.reason,
        "status": outcome.status,
        "detail": outcome.detail,
        "response": outcome.response,
        "worker": worker,
    }
    if outcome.unconfirmed:
        facts["unconfirmed"] = outcome.unconfirmed
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
