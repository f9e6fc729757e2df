"""When a client certificate ends, by one rule for all that warn of it: the log, the command line and both pages."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

#: A certificate that ends within 30 days is warned of: renewing one takes some authorities weeks.
CERTIFICATE_ENDS_SOON_SECONDS: Final = 30 * 86_400
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class CertificateEnd:
    """The end of a client certificate, as it is seen at one moment."""

    #: When it ends, in seconds since 1970.
    at: int
    #: The moment of the look, in seconds since 1970.
    seen_at: float

    @classmethod
    def seen_now(cls, at: int) -> Self:
        """Return the end of a certificate as it is seen now, by this machine's clock."""
        return cls(at, time.time())

    @property
    def is_over(self) -> bool:
        """Whether it has ended. It is presented all the same, because the endpoint decides."""
        return self.at <= self.seen_at

    @property
    def needs_renewal(self) -> bool:
        """Whether it has ended or ends within 30 days, so that people are warned."""
        return self.at - self.seen_at <= CERTIFICATE_ENDS_SOON_SECONDS

    @property
    def whole_days(self) -> int:
        """The whole days that are left; 0 once it has ended."""
        return max(0, int((self.at - self.seen_at) // _DAY_SECONDS))

    @property
    def moment(self) -> datetime:
        """When it ends, in UTC."""
        return datetime.fromtimestamp(self.at, UTC)
