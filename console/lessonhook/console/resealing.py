"""`lessonhook subscriptions reseal`: after a change of encryption keys, so that the old one can be taken away."""

from lessonhook.console import output
from lessonhook.console.access import open_producer
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.wording import count
from lessonhook.ledger import Resealing


def reseal() -> None:
    """Encrypt every subscription with the first of LESSONHOOK_ENCRYPTION_KEYS.

    Run it when the new key stands in front everywhere. Bodies need nothing: they are gone when their retention is over,
    and the old key with them. Nothing else changes, and it may be run again at any time.
    """
    ledger = open_producer().ledger
    if not ledger.vault.sealing:
        raise Complaint("there is no key to seal with: set LESSONHOOK_ENCRYPTION_KEYS", ExitCode.WRONG_USAGE)
    resealing = Resealing(ledger)
    done = sum(resealing.reseal(subscriber) for subscriber in resealing.due())
    left = resealing.due()
    output.say(f"{count(done, 'subscription')} sealed with the first key")
    if left:
        raise Complaint(f"{count(len(left), 'subscription')} put meanwhile by a process with other keys: {left[0]}, …")
