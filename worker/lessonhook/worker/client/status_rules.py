"""What a response means for the event. Only the status decides."""

import re
import time
from collections.abc import Collection, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from lessonhook.ledger import Kind, Reason

_GONE: Final = 410
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503
_SECONDS: Final = re.compile(r"[0-9]{1,9}")

#: What may be wrong with the credentials, by whether an Authorization value was sent, and whether the POST was signed.
_CREDENTIALS: Final = {
    (True, True): "the endpoint refused the Authorization value or the signature",
    (True, False): "the endpoint refused the Authorization value",
    (False, True): "the endpoint refused the signature, or wants an Authorization value, and none is set",
    (False, False): "the endpoint wants a credential: neither an Authorization value nor a signing secret is set",
}
#: For support staff: the usual cause of a status.
_ADVICE: Final = {
    304: "the endpoint says that nothing has changed, which is no response to a POST",
    400: "the endpoint does not take the body as it is",
    404: "nothing is at this URL; check the callback URL",
    405: "the URL takes no POST; check the callback URL",
    407: "a proxy does not know us; check the credentials in LESSONHOOK_PROXY_URL",
    408: "the endpoint says that it waited too long for the request",
    410: "the endpoint says that it is gone for good",
    411: "the endpoint did not see the length that was sent",
    413: "the endpoint takes no body of this size",
    415: "the endpoint does not take JSON",
    417: "the endpoint speaks of an expectation that was not sent",
    421: "the endpoint does not serve this host name; check the callback URL",
    422: "the endpoint read the body and does not accept it",
    429: "the endpoint asks us to slow down",
    502: "a gateway before the endpoint got no proper response from it",
    503: "the endpoint says that it is not available now",
    504: "a gateway before the endpoint waited in vain for it",
}


def kind_of(status: int, headers: Mapping[str, str], accepted: Collection[int] | None = None) -> tuple[Kind, Reason]:
    """Return how a POST ended whose response has this status. `accepted` are the subscription's `accept_statuses`."""
    match status:
        case _ if accepted and status in accepted:
            return Kind.ACCEPTED, Reason.ACCEPTED
        case _ if 200 <= status < 300:  # noqa: PLR2004 - the successful class of RFC 9110, section 15.3
            return Kind.ACCEPTED, Reason.ACCEPTED
        case 410:
            return Kind.GONE, Reason.STATUS
        case 429:
            return Kind.THROTTLED, Reason.STATUS
        case 503 if headers.get("Retry-After"):
            return Kind.THROTTLED, Reason.STATUS
        case _:
            return Kind.FAILED, Reason.STATUS


def advice_for(
    status: int, accepted: Collection[int] | None = None, *, is_authorized: bool = True, is_signed: bool = True
) -> str:
    """Return one sentence for people, such as `404: nothing is at this URL; ...`; "" for a success.

    An endpoint cannot refuse a value that it was not sent: `is_authorized` and `is_signed` say what the POST had.
    """
    if accepted and status in accepted:
        return f"{status}: counts as accepted, because the subscription's accept_statuses has it"
    if status == HTTPStatus.UNAUTHORIZED:
        return f"{status}: {_CREDENTIALS[is_authorized, is_signed]}"
    if status == HTTPStatus.FORBIDDEN:
        if is_authorized:
            return (
                f"{status}: the endpoint refused us; check the Authorization value, or whether it lets our address in"
            )
        return f"{status}: the endpoint refused us; no Authorization value is set, or it does not let our address in"
    match status // 100:
        case 2:
            return ""
        case 3:
            said = "a redirect, which is never followed; put the URL that it leads to into the subscription"
        case 4:
            said = "the endpoint refused the request"
        case 5:
            said = "the endpoint failed"
        case _:
            said = "no status that HTTP knows"
    return f"{status}: {_ADVICE.get(status, said)}"


def retry_after(status: int, headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` asks for, 0 or more; None if it is absent or can't be read.

    It counts with 429 and 503 only. A date is compared with the endpoint's own `Date`, because its clock may be wrong
    by more than the delay. Without a `Date` it is compared with our clock (RFC 9110, section 10.2.3).
    """
    if status not in {_TOO_MANY, _UNAVAILABLE}:
        return None
    value = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    until = _timestamp(value)
    if until is None:
        return None
    now = _timestamp(headers.get("Date", ""))
    return max(0.0, until - (time.time() if now is None else now))


def _timestamp(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
