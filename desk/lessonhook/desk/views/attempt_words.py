"""How a logged attempt ended, in the words of an outcome."""

from typing import TYPE_CHECKING

from lessonhook.desk.words.outcomes import advice, outcome_words
from lessonhook.ledger import Kind, Outcome, Reason

if TYPE_CHECKING:
    from lessonhook.desk.views.attempt import AttemptRecord


def attempt_words(attempt: "AttemptRecord") -> str:
    """Return how an attempt ended, such as `401: the endpoint refused the Authorization value`."""
    outcome = _outcome(attempt)
    return outcome_words(outcome) if outcome else attempt.words


def attempt_advice(attempt: "AttemptRecord") -> str | None:
    """Return what may help; None if it was accepted, or if the words say it already."""
    outcome = _outcome(attempt)
    return advice(outcome) if outcome else None


def _outcome(attempt: "AttemptRecord") -> Outcome | None:
    try:
        kind, reason = Kind(attempt.kind), Reason(attempt.reason)
    except ValueError:
        # A newer release's.
        return None
    return Outcome(
        kind=kind,
        reason=reason,
        status=attempt.status,
        detail=attempt.detail,
        unconfirmed=attempt.unconfirmed,
    )
