"""Client certificates that have ended or end within 30 days, in words: renewing one takes some authorities weeks."""

from typing import TYPE_CHECKING, Final, Self

from pydantic import Field

from lessonhook.config import to_the_minute
from lessonhook.desk.views.document import Document, Moment
from lessonhook.desk.words.times import count
from lessonhook.ledger.subscriptions import CertificateEnd

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Subscribers that the sentence over all names.
_NAMED: Final = 3


class EndingCertificate(Document):
    """A client certificate that has ended or ends within 30 days."""

    subscriber: str
    ends: Moment
    #: Whether it has ended. It is presented all the same, because the endpoint decides.
    ended: bool
    #: How far the end is: "in 3 days", or "ended".
    left: str

    @classmethod
    def of(cls, subscriber: str, ends: int | None) -> Self | None:
        """Make it of when the certificate ends, in seconds since 1970; None if nobody has to renew it yet."""
        if ends is None:
            return None
        end = CertificateEnd.seen_now(ends)
        if not end.needs_renewal:
            return None
        return cls(subscriber=subscriber, ends=end.moment, ended=end.is_over, left=left_words(end))

    @property
    def words(self) -> str:
        """What is wrong, in a few words."""
        on = to_the_minute(self.ends)
        if self.ended:
            return f"its client certificate ended on {on}"
        return f"its client certificate ends on {on} ({self.left})"


class Certificates(Document):
    """The client certificates of all subscribers, as far as their subscriptions can be opened."""

    #: How many there are.
    total: int = 0
    #: Those that have ended or end within 30 days, the first to end first.
    ending: list[EndingCertificate] = Field(default_factory=list)

    @classmethod
    def of(cls, ends: "Mapping[str, int]") -> Self:
        """Make it of when each one ends, in seconds since 1970, by subscriber."""
        ordered = sorted(ends, key=lambda name: (ends[name], name))
        found = (EndingCertificate.of(name, ends[name]) for name in ordered)
        return cls(total=len(ends), ending=[each for each in found if each is not None])

    @property
    def words(self) -> str:
        """Which ones end, in a sentence; "" if none does."""
        if not self.ending:
            return ""
        names = ", ".join(f"{each.subscriber} ({each.left})" for each in self.ending[:_NAMED])
        more = f" and {len(self.ending) - _NAMED:,} more" if len(self.ending) > _NAMED else ""
        of = f"{len(self.ending):,} of {count(self.total, 'client certificate')}"
        return f"{of} ended or will end within 30 days: {names}{more}"


def left_words(end: CertificateEnd) -> str:
    """Return how far the end of a certificate is: "in 3 days", or "ended"."""
    return "ended" if end.is_over else f"in {count(end.whole_days, 'day')}"
