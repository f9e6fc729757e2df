"""How a POST ended, in words that a support person can read to the company, and what the company can do about it."""

import re
from typing import Final

from lessonhook.ledger import Kind, Outcome, Reason

#: What to do, unless the words of the outcome contain it.
_ADVICE: Final = {
    Reason.DNS: "check the host name in the callback URL",
    Reason.REFUSED: "check the port in the callback URL, and whether the endpoint runs",
    Reason.TIMEOUT: "the endpoint should respond at once and do its work afterwards",
    Reason.TLS: (
        "check in the callback URL whether http or https is meant, and the port; if both are right, the operator "
        "of the endpoint must correct its certificate or its TLS settings"
    ),
    Reason.PROTOCOL: "check that an HTTP server, and not something else, listens at the callback URL",
    Reason.CONNECTION: "check whether a firewall blocks the endpoint",
    Reason.BLOCKED: (
        "check the callback URL; if the address is meant, set LESSONHOOK_ALLOWED_PRIVATE_NETWORKS here and for the "
        """workers, as '["10.1.0.0/16"]'"""
    ),
    Reason.CRASH: "this is no fault of the endpoint's: look into the log",
}

_BEFORE_A_STATUS: Final = re.compile(r"^(attempts used up: )?status: ")


def outcome_words(outcome: Outcome) -> str:
    """Return how a POST ended, such as `404: nothing is at this URL; check the callback URL`."""
    if outcome.kind is Kind.ACCEPTED:
        doubt = f", but its response does not confirm it: {outcome.unconfirmed}" if outcome.unconfirmed else ""
        return f"{outcome.status}: the endpoint accepted it{doubt}"
    words = outcome.detail or str(outcome.reason)
    if outcome.reason is Reason.STATUS:
        return words
    return f"{outcome.reason}: {words}"


def stored_words(text: str) -> str:
    """Return a stored outcome or reason of a pause without the word that stands before every HTTP status."""
    return _BEFORE_A_STATUS.sub(r"\1", text)


def advice(outcome: Outcome) -> str | None:
    """Return what may help; None if the POST was accepted, or if the words of the outcome say it already."""
    return _ADVICE.get(outcome.reason)
