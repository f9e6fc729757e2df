"""The form of the vendor's article: reads it, and says beside each field what is wrong with it."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger import THE_LMS, PrivateAddress
from lessonhook.ledger.subscriptions import CertificateEnd
from lessonhook.page.translation import LANGUAGES, own_name
from lessonhook.page.wording import text

if TYPE_CHECKING:
    from lessonhook.page.exchange import PageRequest
    from lessonhook.page.offer import Offer
    from lessonhook.page.translation import Translation
    from lessonhook.producer import InvalidSubscription, SubscriptionView

#: The options that a customer needs, in words.
SWITCHES: Final = {
    "external_user_ids": text("Send the learner ids of your own system (ext_uid)"),
    "numeric_ids": text("Send ids as numbers"),
    "deprecated_score": text("Send the former field “score”, 0 to 1, as well"),
}
NUMBERS: Final = {
    "max_in_flight": text("Requests at the same moment, at most"),
    "max_per_second": text("Requests in one second, at most"),
}
#: How long a secret signs on after the next one is made, in seconds by the name in the form; the first is the default.
FORMER_TIMES: Final = {"day": 86_400, "week": 604_800, "none": 0}
_FORMER_WORDS: Final = {
    "day": text("24 hours"),
    "week": text("7 days"),
    "none": text("0 seconds: it ends at once"),
}
_PROBLEMS: Final = {
    "authorization": text("Enter one line of Latin characters that does not begin with a blank."),
    "max_in_flight": text("Enter a whole number from 1 to 1000, or nothing."),
    "max_per_second": text("Enter a number above 0 and up to 1000, or nothing."),
    "notice_addresses": text("Enter at most 10 e-mail addresses, separated by commas."),
}
#: What the customer cannot see in the form, and where it is told of it.
_MARKED: Final = {"client_certificate": "callback_url", "ca_bundle": "callback_url"}
_HTTPS: Final = text("Enter an address that begins with https://, because certificates secure the connection.")
_NO_SCHEME: Final = text("Enter a whole address that begins with https:// or http://.")
_WITH_USER: Final = text("Enter the address without a name and a password. They belong into the Authorization value.")
_WRONG_PART: Final = text(
    "Look at this address again: a blank or another character in it is not allowed, or its host or its port is wrong."
)
_BEGINS_WELL: Final = re.compile(r"https?://(?P<authority>[^/?#]*)", re.IGNORECASE)
#: The header's name, quotation marks around the value, or a blank behind it.
_ODD_VALUE: Final = re.compile(r"authorization\s*:.*|([\"']).*\1|.*\s", re.IGNORECASE)
#: Said beside a try that was not accepted.
ODD_VALUE: Final = text(
    "The Authorization value was saved with “Authorization:” before it, with quotation marks or with a blank at its "
    "end, and all of that is sent. If you did not mean it, enter the value again without it."
)
_PRIVATE: Final = text("This address is not public, so nothing can be sent to it.")
_CERTIFICATE_ENDS: Final = text("Your endpoint is shown a client certificate; it ends on {date}.")
_CERTIFICATE_ENDED: Final = text("The client certificate that your endpoint is shown ended on {date}.")
_UNCLEAR: Final = text("This cannot be saved.")


def former_words(t: "Translation", view: "SubscriptionView") -> str:
    """Return until when the secret before the present one signs."""
    if not view.previous_signing_secret_set:
        return t.gettext("The former secret does not sign any more.")
    if view.previous_secret_ends_at is None:
        return t.gettext("The former secret signs as well until you make the next one.")
    ends = datetime.fromtimestamp(view.previous_secret_ends_at, UTC)
    return t.gettext("The former secret signs as well until {time}.", time=t.moment(ends))


def set_words(t: "Translation", *, is_set: bool, at: int | None, by: str) -> str:
    """Return since when a credential is what it is and who set it, as far as that is known."""
    if not is_set:
        return t.gettext("No value is set.")
    if at is None:
        return t.gettext("A value is set.")
    date = t.named_day(datetime.fromtimestamp(at, UTC))
    if by in {"", THE_LMS}:
        return t.gettext("Set on {date}.", date=date)
    # Isolated, so that a name in Latin letters does not turn the words around it in Arabic.
    return t.gettext("Set on {date} by {name}.", date=date, name=f"\u2068{by}\u2069")


def certificate_words(t: "Translation", view: "SubscriptionView | None") -> list[str]:
    """Return what the LMS has set for mutual TLS, and until when it is good; nothing if it has set nothing."""
    said = []
    if view is not None and view.client_certificate_set:
        if view.client_certificate_ends is None:
            said.append(t.gettext("Your endpoint is shown a client certificate."))
        else:
            end = CertificateEnd.seen_now(view.client_certificate_ends)
            words = _CERTIFICATE_ENDED if end.is_over else _CERTIFICATE_ENDS
            said.append(t.gettext(words, date=t.named_day(end.moment)))
    if view is not None and view.ca_bundle:
        said.append(t.gettext("The certificate of your endpoint must be of an authority that was agreed with you."))
    return [*said, t.gettext("The operator of your learning platform changes this.")] if said else []


def form_values(t: "Translation", view: "SubscriptionView | None") -> dict[str, Any]:
    """Return what the form shows of a subscription; of a credential only whether it is set."""
    values: dict[str, Any] = {
        "callback_url": "",
        "authorization_set": False,
        "signing_secret_set": False,
        "pull": False,
        "authorization_from_provider": False,
    }
    values |= dict.fromkeys(SWITCHES, False) | dict.fromkeys(NUMBERS, "")
    if view is not None:
        values |= {name: getattr(view, name) for name in values}
        values |= {name: _number(getattr(view, name)) for name in NUMBERS}
    values["notice_addresses"] = ", ".join(view.notice_addresses or ()) if view else ""
    values["notice_language"] = str(view.notice_language) if view else t.locale.language
    return {
        "values": values,
        "set_words": {name: _set_words(t, view, name) for name in ("authorization", "signing_secret")},
        "certificate_words": certificate_words(t, view),
        "languages": {language: own_name(language) for language in LANGUAGES},
        "problems": {},
        "former_times": _FORMER_WORDS,
        "switches": SWITCHES,
        "numbers": NUMBERS,
        "exists": view is not None,
    }


def read_form(request: "PageRequest", offer: "Offer") -> dict[str, Any]:
    """Return what was written, as fields of a subscription. A credential is not stripped: it is sent as written.

    A URL is, because a blank around it is never meant: it comes along when a person copies the URL, and nobody sees it.
    What is not offered stays as it is.
    """
    fields: dict[str, Any] = {"callback_url": request.value("callback_url").strip()}
    if authorization := request.value("authorization"):
        fields["authorization"] = authorization
    elif request.value("remove_authorization"):
        fields["authorization"] = None
    fields |= {name: bool(request.value(name)) for name in SWITCHES}
    if offer.notices:
        fields |= {name: request.value(name) for name in ("notice_addresses", "notice_language")}
    return fields | {name: request.value(name).strip() or None for name in NUMBERS}


def with_problems(
    t: "Translation", shown: dict[str, Any], written: dict[str, Any], wrong: "InvalidSubscription"
) -> dict[str, Any]:
    """Return the form as it was written, with what is wrong beside each field. A credential is not shown again."""
    values = {**shown["values"], **{name: value for name, value in written.items() if name != "authorization"}}
    values |= {name: written[name] or "" for name in NUMBERS}
    url_words = _PRIVATE if isinstance(wrong, PrivateAddress) else _url_problem(written["callback_url"])
    words = {**_PROBLEMS, "callback_url": url_words}
    found = {name: t.gettext(words.get(name, _UNCLEAR)) for name in wrong.problems if name not in _MARKED}
    found |= {_MARKED[name]: t.gettext(_HTTPS) for name in wrong.problems if name in _MARKED}
    return {**shown, "values": values, "problems": found}


def is_odd_value(written: dict[str, Any]) -> bool:
    """Return whether more was written as the Authorization value than most endpoints want. It is sent as written."""
    value = written.get("authorization")
    return value is not None and _ODD_VALUE.fullmatch(value) is not None


def _url_problem(url: str) -> str:
    """Return what a person should look at in a URL that cannot be saved."""
    begun = _BEGINS_WELL.match(url)
    if begun is None:
        return _NO_SCHEME
    return _WITH_USER if "@" in begun["authority"] else _WRONG_PART


def _set_words(t: "Translation", view: "SubscriptionView | None", name: str) -> str:
    if view is None:
        return set_words(t, is_set=False, at=None, by="")
    return set_words(
        t,
        is_set=getattr(view, f"{name}_set"),
        at=getattr(view, f"{name}_set_at"),
        by=getattr(view, f"{name}_set_by"),
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
