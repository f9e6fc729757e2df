"""Warns in the log, once a day in each worker, of a client certificate with which POSTs are made and that ends soon."""

import time
from collections import OrderedDict
from typing import Final

import structlog

from lessonhook.ledger.subscriptions import CertificateEnd, Subscription

_log: Final = structlog.get_logger("lessonhook.client")
_DAY_SECONDS: Final = 86_400
#: Subscribers that are remembered as warned of.
_REMEMBERED: Final = 10_000


class CertificateWarnings:
    """Used on the loop only."""

    def __init__(self) -> None:
        self._warned: OrderedDict[str, float] = OrderedDict()

    def look_at(self, subscription: Subscription) -> None:
        """Log a warning if the certificate of a subscription ends within 30 days, or has ended."""
        ends = subscription.client_certificate_ends
        if ends is None:
            return
        now, subscriber = time.time(), subscription.subscriber
        end = CertificateEnd(ends, now)
        if not end.needs_renewal or now - self._warned.get(subscriber, 0.0) < _DAY_SECONDS:
            return
        self._warned[subscriber] = now
        self._warned.move_to_end(subscriber)
        while len(self._warned) > _REMEMBERED:
            self._warned.popitem(last=False)
        _log.warning(
            "client_certificate.ended" if end.is_over else "client_certificate.ends_soon",
            subscriber=subscriber,
            ends=f"{end.moment:%Y-%m-%dT%H:%M:%SZ}",
        )
