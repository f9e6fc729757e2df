"""`lessonhook reseal`: after a change of encryption keys, or when there are keys for the first time."""

from collections.abc import Callable, Iterable

from lessonhook.console.access import open_producer
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.views import output
from lessonhook.desk.words import count
from lessonhook.ledger import Undecipherable


def reseal() -> None:
    """Encrypt all subscriptions and bodies with the first of LESSONHOOK_ENCRYPTION_KEYS.

    Run it when every process has the new key in front. After it, the former key can be taken away. Nothing else
    changes, and it may be run again at any time.

    Plain text from before there were keys is sealed while LESSONHOOK_ACCEPT_PLAIN_VALUES is true. Ends with 1 if a
    value could not be read.
    """
    ledger = open_producer().ledger
    if not ledger.vault.sealing:
        raise Complaint("there is no key to seal with: set LESSONHOOK_ENCRYPTION_KEYS", ExitCode.WRONG_USAGE)
    resealing, unreadable = ledger.resealing, _Unreadable()
    subscriptions = unreadable.sum(resealing.reseal, resealing.due())
    bodies = unreadable.sum(resealing.reseal_body, resealing.bodies_due())
    done = f"{count(subscriptions, 'subscription')} and {count(bodies, 'body', 'bodies')}"
    output.write_line(f"{done} sealed with the first key")
    unreadable.complain()
    left = resealing.due()
    if left:
        raise Complaint(f"{count(len(left), 'subscription')} put meanwhile by a process with other keys: {left[0]}, …")


class _Unreadable:
    """Counts the values that could not be read. One of them does not keep the others from being sealed."""

    def __init__(self) -> None:
        self._values = 0
        self._reason = ""

    def sum(self, seal: Callable[[str], bool], names: Iterable[str]) -> int:
        """Seal each named value and return how many were sealed."""
        return sum(self._is_sealed(seal, name) for name in names)

    def _is_sealed(self, seal: Callable[[str], bool], name: str) -> bool:
        try:
            return seal(name)
        except Undecipherable as error:
            self._values += 1
            self._reason = str(error)
            return False

    def complain(self) -> None:
        """Raise a Complaint with the last reason, if there was any."""
        if self._values:
            raise Complaint(f"{count(self._values, 'value')} not sealed: {self._reason}")
