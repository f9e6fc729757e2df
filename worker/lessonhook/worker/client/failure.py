"""An attempt that failed before a status was received: one error with a reason and a sentence for people."""

import ssl
import time
from http.client import BadStatusLine, HTTPException, LineTooLong, RemoteDisconnected, UnknownProtocol
from typing import Final

from lessonhook.config import shortage_in, shortage_now, to_the_minute
from lessonhook.ledger import Reason
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.tls_identity import TlsIdentity

#: The errors of http.client, in words that quote nothing of the response.
_STUMBLED: Final = {
    BadStatusLine: "its first line is no status",
    UnknownProtocol: "it is of another version",
    LineTooLong: "a line of it is too long",
    HTTPException: "it has too many headers",
}

#: If the loop has stood still for longer, this process or its machine did: what did not come meanwhile says nothing.
#: For shorter stand-stills the deadline moves.
_STOOD_STILL_SECONDS: Final = 2.0

#: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY and X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE of OpenSSL.
_ISSUER_MISSING: Final = frozenset({20, 21})
#: OpenSSL gives the same error for both causes. A browser hides the first one, because it fetches what is missing.
_WORDS_FOR_MISSING_ISSUER: Final = (
    "the endpoint's certificate leads to no known authority. Most often the endpoint does not send the intermediate "
    "certificate: it must send the whole chain (`fullchain.pem`), even if browsers accept it. Otherwise a private "
    "authority signed it: save its certificate as the subscription's ca_bundle, or set SSL_CERT_FILE for the workers"
)
#: X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT and X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN.
_SELF_SIGNED: Final = frozenset({18, 19})
_WORDS_FOR_SELF_SIGNED: Final = (
    "the endpoint's certificate is of a private authority, or signed by itself. Save the authority's certificate, or "
    "that one, as the subscription's ca_bundle, or set SSL_CERT_FILE for the workers"
)
_NOT_OF_BUNDLE: Final = "no authority of the subscription's ca_bundle signed the endpoint's certificate"
#: With a bundle too, OpenSSL gives one error for both causes.
_WORDS_FOR_ISSUER_NOT_IN_BUNDLE: Final = (
    f"{_NOT_OF_BUNDLE}, or the endpoint does not send the intermediate certificate between the two: it must send the "
    "whole chain (`fullchain.pem`)"
)
#: How OpenSSL says that what came was no TLS; a server of plain HTTP responds to a handshake with a 400 in plain text.
_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"})
#: The alerts by which an endpoint refuses a client's certificate, in words. OpenSSL names them with a version before.
_REFUSALS: Final = {
    "ACCESS_DENIED": "it gives this client no access",
    "BAD_CERTIFICATE": "it takes it for damaged or wrong",
    "CERTIFICATE_EXPIRED": "it takes it for expired",
    "CERTIFICATE_REQUIRED": "it accepts none that we have",
    "CERTIFICATE_REVOKED": "it was revoked",
    "CERTIFICATE_UNKNOWN": "it does not accept it",
    "UNKNOWN_CA": "it does not trust the authority that signed it",
    "UNSUPPORTED_CERTIFICATE": "it is of a kind that it does not support, or not meant for clients",
}


class Failure(Exception):
    """The exchange brought no status. The text names hosts and addresses, never a path, a header or a body.

    It is none of requests' exceptions, because those are OSErrors and would be caught where a socket's error is meant.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(detail)


class NotStarted(Exception):
    """The exchange could not begin for want of something of ours. It is no attempt, and is charged to nobody."""


class TlsTooCostly(OSError):
    """The endpoint sends so much that is TLS and no data that it is not read on."""

    def __init__(self) -> None:
        super().__init__("the endpoint makes TLS too costly")


class NotHttp(HTTPException):
    """The received bytes are no HTTP response. The text gives the reason in our own words."""


def check_in_time(deadline: Deadline) -> None:
    """Raise NotStarted if the deadline is over although the step before ended in time: this worker stood still."""
    if deadline.over_by() >= 0:
        raise _stood_still(deadline)


def while_looking_up(host: str, deadline: Deadline, *, is_under_way: bool) -> Failure | NotStarted:
    """Return the failure of a name that was not looked up in time. `is_under_way`: a thread still asks for it."""
    if _stood_still_seconds(deadline) > _STOOD_STILL_SECONDS:
        return _stood_still(deadline)
    if not is_under_way:
        return NotStarted("too many names are being looked up that hang")
    return Failure(Reason.DNS, f"{host} was not resolved within {deadline.seconds:g} s")


def while_opening(error: OSError, deadline: Deadline, *, whose: str) -> Failure | NotStarted:
    """Return the failure of a connection that was not opened."""
    if lacking := shortage_in(error):
        return NotStarted(lacking)
    if _stood_still_seconds(deadline) > _STOOD_STILL_SECONDS:
        return _stood_still(deadline)
    if _too_late(error, deadline):
        return Failure(Reason.TIMEOUT, f"{whose} took no connection within {deadline.seconds:g} s")
    if isinstance(error, ConnectionRefusedError):
        return Failure(Reason.REFUSED, f"{whose} refused the connection; nothing listens at that port")
    return Failure(Reason.CONNECTION, f"no way to {whose}: {_words(error)}")


def while_shaking_hands(error: OSError, deadline: Deadline, identity: TlsIdentity) -> Failure | NotStarted:
    """Return the failure of a connection on which TLS could not be started."""
    if isinstance(error, TlsTooCostly):
        return Failure(Reason.TLS, str(error))
    if lacking := shortage_in(error) or _shortage_of_authorities(error, identity):
        return NotStarted(lacking)
    if _stood_still_seconds(deadline) > _STOOD_STILL_SECONDS:
        return _stood_still(deadline)
    if _too_late(error, deadline):
        return Failure(Reason.TIMEOUT, f"the endpoint did not finish the TLS handshake within {deadline.seconds:g} s")
    if isinstance(error, ssl.SSLError):
        return Failure(Reason.TLS, _handshake_words(error, identity))
    return Failure(Reason.CONNECTION, f"the connection broke in the TLS handshake: {_words(error)}")


def _shortage_of_authorities(error: OSError, identity: TlsIdentity) -> str:
    """Return what was lacking to read the system's authorities, which OpenSSL looks up in files; "" if nothing was."""
    is_unknown = isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in _ISSUER_MISSING | _SELF_SIGNED
    return shortage_now() if is_unknown and identity.ca_bundle is None else ""


def _handshake_words(error: ssl.SSLError, identity: TlsIdentity) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _unverified(error, identity)
    if isinstance(error, ssl.SSLEOFError):
        return "the endpoint closed the connection in the TLS handshake"
    if error.reason in _NO_TLS:
        return "what responds at that port does not speak TLS; http:// may be meant, or another port"
    return _refusal(error, identity) or f"the TLS handshake failed: {words_of_openssl(error)}"


def _unverified(error: ssl.SSLCertVerificationError, identity: TlsIdentity) -> str:
    if error.verify_code in _ISSUER_MISSING:
        return _WORDS_FOR_ISSUER_NOT_IN_BUNDLE if identity.ca_bundle else _WORDS_FOR_MISSING_ISSUER
    if error.verify_code in _SELF_SIGNED:
        return _NOT_OF_BUNDLE if identity.ca_bundle else _WORDS_FOR_SELF_SIGNED
    return f"the endpoint's certificate does not hold: {error.verify_message.rstrip('.')}"


def while_talking(
    error: OSError | HTTPException, deadline: Deadline, identity: TlsIdentity, *, reused: bool
) -> Failure | NotStarted:
    """Return the failure of a request that brought no response.

    Where the fault is ours, the event goes again with the same id, although the endpoint may have it.
    """
    if isinstance(error, TlsTooCostly):
        return Failure(Reason.TLS, str(error))
    if lacking := shortage_in(error):
        return NotStarted(lacking)
    if _too_late(error, deadline):
        if _stood_still_seconds(deadline) > _STOOD_STILL_SECONDS:
            return _stood_still(deadline, while_it="waited for the response")
        return Failure(Reason.TIMEOUT, f"no response within {deadline.seconds:g} s")
    return _broken_off(error, identity, reused=reused)


def _broken_off(error: OSError | HTTPException, identity: TlsIdentity, *, reused: bool) -> Failure:
    if isinstance(error, RemoteDisconnected | ConnectionError):
        kept = "; it was a kept one, closed as the request went out" if reused else ""
        # With TLS 1.3 a client's certificate is judged after the handshake, and some endpoints do not say how.
        unwanted = f"; it may refuse the client certificate{_ended(identity)}" if identity.client_certificate else ""
        closed = "the endpoint closed the connection without a response"
        return Failure(Reason.CONNECTION, f"{closed}{kept or unwanted}")
    if isinstance(error, ssl.SSLError):
        words = _refusal(error, identity) or f"TLS failed after the handshake: {words_of_openssl(error)}"
        return Failure(Reason.TLS, words)
    if isinstance(error, HTTPException):
        words = str(error) if isinstance(error, NotHttp) else _STUMBLED.get(type(error), type(error).__name__)
        return Failure(Reason.PROTOCOL, f"what came back is not HTTP/1.1: {words}")
    return Failure(Reason.CONNECTION, f"the connection broke: {_words(error)}")


def _stood_still_seconds(deadline: Deadline) -> float:
    """Return for how long the loop stood still before a deadline and at it."""
    return max(deadline.over_by(), deadline.stood_still_seconds())


def _stood_still(deadline: Deadline, *, while_it: str = "connected") -> NotStarted:
    # The event can be given back. Whether the endpoint was there, nobody looked.
    return NotStarted(f"this worker stood still for {_stood_still_seconds(deadline):.1f} s while it {while_it}")


def _too_late(error: OSError | HTTPException, deadline: Deadline) -> bool:
    # If the connection breaks after the deadline, mostly we ended it.
    return isinstance(error, TimeoutError) or deadline.over_by() >= 0


def _refusal(error: ssl.SSLError, identity: TlsIdentity) -> str:
    """Return why an endpoint refused the client's certificate, or that it demands one; "" if it is about neither."""
    alert = (error.reason or "").partition("ALERT_")[2]
    if identity.client_certificate is None:
        if alert == "CERTIFICATE_REQUIRED":
            return "the endpoint demands a client certificate, and the subscription has none"
        if alert == "HANDSHAKE_FAILURE":
            return (
                f"the TLS handshake failed: {words_of_openssl(error)}. The endpoint supports no cipher of ours, or it "
                "demands a client certificate, and the subscription has none"
            )
        return ""
    if alert not in _REFUSALS:
        return ""
    return f"the endpoint refused the client certificate: {_REFUSALS[alert]} ({_spelt(alert)}){_ended(identity)}"


def _ended(identity: TlsIdentity) -> str:
    if identity.ends is None or identity.ends > time.time():
        return ""
    return f"; it ended on {to_the_minute(identity.ends)}"


def words_of_openssl(error: ssl.SSLError) -> str:
    """Return OpenSSL's reason, which holds no value of ours."""
    return _spelt(error.reason or "unknown error")


def _spelt(reason: str) -> str:
    return reason.replace("_", " ").lower()


def _words(error: OSError) -> str:
    # The operating system's words for an error number contain no value of ours. `str(error)` might.
    return (error.strerror or type(error).__name__).lower()
