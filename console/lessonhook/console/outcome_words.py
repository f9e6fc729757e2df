"""How a POST ended, in words that a support person can read to a customer, and what the customer may do about it."""

from typing import Final

from lessonhook.ledger import Kind, Outcome, Reason

#: What to do, where the sentence of the outcome itself does not say it.
_ADVICE: Final = {
    Reason.DNS: "check the host name in the callback URL",
    Reason.REFUSED: "check the port in the callback URL, and whether the endpoint runs",
    Reason.TIMEOUT: "the endpoint should answer at once and do its work afterwards",
    Reason.TLS: "the endpoint's certificate or its TLS settings must be mended by whoever runs it",
    Reason.PROTOCOL: "check that an HTTP server, and not something else, listens at the callback URL",
    Reason.CONNECTION: "check whether a firewall stands before the endpoint",
    Reason.BLOCKED: (
        "check the callback URL; if the address is meant, set LESSONHOOK_ALLOWED_PRIVATE_NETWORKS here and for the "
        """workers, as '["10.1.0.0/16"]'"""
    ),
    Reason.CRASH: "this is no fault of the endpoint's: look into the log",
}


def in_words(outcome: Outcome) -> str:
    """Say how a POST ended, `401: the endpoint refused the Authorization value`."""
    if outcome.kind is Kind.ACCEPTED:
        doubt = f", but its answer does not confirm it: {outcome.unconfirmed}" if outcome.unconfirmed else ""
        return f"{outcome.status}: the endpoint accepted it{doubt}"
    said = outcome.detail or str(outcome.reason)
    if outcome.reason is Reason.STATUS:
        return said
    return f"{outcome.reason}: {said}"


def what_to_do(outcome: Outcome) -> str | None:
    """Say what may help; None for what was accepted, and where the words of the outcome say it already."""
    return _ADVICE.get(outcome.reason)
