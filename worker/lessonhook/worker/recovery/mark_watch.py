"""Notices that the ledger was emptied while this worker ran: everything is gone, and nothing else looks wrong."""

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger

_log = structlog.get_logger("lessonhook.worker")


class MarkWatch:
    """Compares the ledger's mark with the one that this worker knew."""

    def __init__(self) -> None:
        self._known = ""
        self._reported = False

    def check(self, ledger: "Ledger") -> str:
        """Return the mark that this worker knows: the first one, until it is restarted, so that `doctor` sees it."""
        mark = ledger.mark.read()
        self._known = self._known or mark
        is_emptied = mark != self._known
        if is_emptied and not self._reported:
            _log.critical(
                "ledger.emptied",
                then="subscriptions and undelivered events are gone: restore Redis, or save the subscriptions again "
                "and run `lessonhook rebuild`; then restart the workers",
            )
        self._reported = is_emptied
        return self._known
