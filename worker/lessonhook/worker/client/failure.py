"""How an attempt fails before there is a status to judge: one error, one reason, one sentence for people."""

import ssl
from http.client import BadStatusLine, HTTPException, LineTooLong, RemoteDisconnected, UnknownProtocol
from typing import Final

from lessonhook.ledger import Reason
from lessonhook.worker.client.deadline import Deadline

#: What http.client stumbles over, said without what it quotes.
_STUMBLED: Final = {
    BadStatusLine: "its first line is no status",
    UnknownProtocol: "it is of another version",
    LineTooLong: "a line of it is too long",
    HTTPException: "it has too many headers",
}


class Failure(Exception):  # noqa: N818 - a failed attempt is what it is, and what it is called everywhere
    """The exchange came to no status. Its text names hosts and addresses, never a path, a header or a body.

    Not one of requests' exceptions: those are all OSErrors, and would be caught where a socket's error is meant.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(detail)


class NotHttp(HTTPException):
    """What came back cannot be read as an answer. Its text says why, in our words alone."""


def while_opening(error: OSError, deadline: Deadline, *, whose: str) -> Failure:
    """Say why a connection was not opened."""
    if _too_late(error, deadline):
        return Failure(Reason.TIMEOUT, f"{whose} took no connection within {deadline.seconds:g} s")
    if isinstance(error, ConnectionRefusedError):
        return Failure(Reason.REFUSED, f"{whose} refused the connection; nothing listens at that port")
    return Failure(Reason.CONNECTION, f"no way to {whose}: {_words(error)}")


def while_shaking_hands(error: OSError, deadline: Deadline) -> Failure:
    """Say why there is a connection and no TLS on it."""
    if _too_late(error, deadline):
        return Failure(Reason.TIMEOUT, f"the endpoint did not finish the TLS handshake within {deadline.seconds:g} s")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(Reason.TLS, f"the endpoint's certificate does not hold: {error.verify_message.rstrip('.')}")
    if isinstance(error, ssl.SSLEOFError):
        return Failure(Reason.TLS, "the endpoint closed the connection in the TLS handshake")
    if isinstance(error, ssl.SSLError):
        return Failure(Reason.TLS, f"the TLS handshake failed: {_words_of_openssl(error)}")
    return Failure(Reason.CONNECTION, f"the connection broke in the TLS handshake: {_words(error)}")


def while_talking(error: OSError | HTTPException, deadline: Deadline, *, reused: bool) -> Failure:
    """Say why the request brought no answer."""
    if _too_late(error, deadline):
        return Failure(Reason.TIMEOUT, f"no answer within {deadline.seconds:g} s")
    if isinstance(error, RemoteDisconnected | ConnectionError):
        kept = "; it was a kept one, closed as the request went out" if reused else ""
        return Failure(Reason.CONNECTION, f"the endpoint closed the connection without an answer{kept}")
    if isinstance(error, ssl.SSLError):
        return Failure(Reason.TLS, f"TLS failed after the handshake: {_words_of_openssl(error)}")
    if isinstance(error, HTTPException):
        words = str(error) if isinstance(error, NotHttp) else _STUMBLED.get(type(error), type(error).__name__)
        return Failure(Reason.PROTOCOL, f"what came back is not HTTP/1.1: {words}")
    return Failure(Reason.CONNECTION, f"the connection broke: {_words(error)}")


def _too_late(error: OSError | HTTPException, deadline: Deadline) -> bool:
    # What breaks after the deadline was mostly broken off by us.
    return isinstance(error, TimeoutError) or deadline.over_by() >= 0


def _words_of_openssl(error: ssl.SSLError) -> str:
    return (error.reason or "unknown error").replace("_", " ").lower()


def _words(error: OSError) -> str:
    # The operating system's words for a number hold no value of ours; str(error) might.
    return (error.strerror or type(error).__name__).lower()
