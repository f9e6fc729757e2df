"""What this installation offers beside the form of the vendor's article, the same for all its customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from lessonhook.desk.words import network_words

if TYPE_CHECKING:
    from lessonhook.config import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the settings say, and the LMS with them."""

    #: The addresses that POSTs come from, for a customer's firewall; none if the operator does not say.
    egress_addresses: Sequence[str]
    #: Whether a customer may say who is told by e-mail of a failure.
    notices: bool

    @classmethod
    def of(cls, settings: "Settings", *, notices: bool | None) -> Self:
        """Read the settings; `notices` is what the LMS said, None to follow them."""
        by_mail = settings.notice_smtp_url is not None and settings.notice_from is not None
        configured = by_mail or settings.notice_sender is not None
        return cls(
            egress_addresses=network_words(settings.egress_addresses),
            notices=configured if notices is None else notices,
        )
