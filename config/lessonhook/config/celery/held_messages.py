"""The messages that a worker holds, given back when its channel to Redis closes, as far as Redis takes them.

They are kept in memory (`ack_emulation` is off), and the ledger publishes each event's message again. When Redis is
lost, kombu tries to give back every one of them, logs `UNABLE TO RESTORE`, and leaves a copy of them in a file of the
temporary directory, which nobody reads or removes.
"""

import logging
from typing import Any

from kombu.transport import virtual

_log = logging.getLogger("lessonhook.worker")


class HeldMessages(virtual.QoS):
    """What a channel brought and nobody acknowledged yet."""

    def restore_unacked(self) -> list[Any]:
        """Give the messages back until one fails; then log in one line how many are left out.

        Return no errors, so that kombu writes no file. Try no message after one that failed: each would wait for a
        server that is away, and a worker may hold thousands.
        """
        self._flush()
        held = list(self._delivered.values())
        self._delivered.clear()
        for number, message in enumerate(held):
            try:
                self.channel._restore(message)  # noqa: SLF001  # as kombu's own
            except Exception as error:  # noqa: BLE001  # a channel that closes must close
                _log.warning(
                    "messages.not_given_back count=%d error=%s then=%r",
                    len(held) - number,
                    type(error).__name__,
                    "the ledger publishes what is missing",
                )
                break
        return []
