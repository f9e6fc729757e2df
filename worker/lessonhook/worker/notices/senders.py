"""The ways out for a notice: a mail server, or a function of the LMS."""

import smtplib
from base64 import b64encode
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote, urlsplit

from lessonhook.worker.client.tls import make_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lessonhook.config import Settings
    from lessonhook.worker.notices.notice_text import CustomerNotice

#: For each step of the conversation with a mail server.
_TIMEOUT_SECONDS: Final = 10
#: The server's reply to a login that it accepts.
_LOGGED_IN: Final = 235
_PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class Sender(Protocol):
    """A way out. `needs_addresses` says whether it sends nothing without."""

    needs_addresses: bool

    def send(self, notice: "CustomerNotice") -> int:
        """Send one notice, or raise. Return how many of its addresses were refused."""


class FunctionSender:
    """Calls a function of the LMS, which knows its people's addresses itself. The function is imported at first use."""

    needs_addresses = False

    def __init__(self, name: str) -> None:
        self._module, _, self._function = name.partition(":")

    def send(self, notice: "CustomerNotice") -> int:
        """Call it; what it raises is logged, and it is called again later."""
        function: Callable[[CustomerNotice], object] = getattr(import_module(self._module), self._function)
        function(notice)
        return 0


class MailSender:
    """Sends by SMTP. One connection for each notice, because there are few."""

    needs_addresses = True

    def __init__(self, url: str, sender: str) -> None:
        self._parts = urlsplit(url)
        self._from = sender

    def send(self, notice: "CustomerNotice") -> int:
        """Send one mail to all addresses. Raises OSError, of which `smtplib.SMTPException` is a kind."""
        with self._signed_in() as server:
            # If only some addresses are refused, the others have it, and must not get it again.
            return len(server.send_message(self._mail(notice)))

    @contextmanager
    def _signed_in(self) -> "Iterator[smtplib.SMTP]":
        server = self._connect()
        try:
            if self._parts.username:
                _log_in(server, unquote(self._parts.username), unquote(self._parts.password or ""))
            yield server
            # The mail is accepted, and must not be sent again whatever the server says to a farewell.
            with suppress(smtplib.SMTPException):
                server.quit()
        finally:
            server.close()

    def _connect(self) -> smtplib.SMTP:
        scheme, host = self._parts.scheme, self._parts.hostname or ""
        port = self._parts.port or _PORTS[scheme]
        if scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_SECONDS, context=make_context())
        server = smtplib.SMTP(host, port, timeout=_TIMEOUT_SECONDS)
        if scheme == "smtp+starttls":
            try:
                server.starttls(context=make_context())
            except BaseException:
                server.close()
                raise
        return server

    def _mail(self, notice: "CustomerNotice") -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._from
        mail["To"] = [Address(addr_spec=address) for address in notice.addresses]
        mail["Subject"] = notice.subject
        mail["Date"] = formatdate()
        mail["Message-ID"] = make_msgid(domain=self._from.rpartition("@")[2].rstrip(">"))
        # No out-of-office reply comes back.
        mail["Auto-Submitted"] = "auto-generated"
        mail["Content-Language"] = notice.language
        mail.set_content(notice.text)
        mail.add_alternative(notice.html, subtype="html")
        return mail


def _log_in(server: smtplib.SMTP, name: str, password: str) -> None:
    """Log in; smtplib itself knows no letters beyond ASCII, which PLAIN sends as UTF-8 (RFC 4616)."""
    if (name + password).isascii():
        server.login(name, password)
        return
    server.ehlo_or_helo_if_needed()
    if "PLAIN" not in server.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError("AUTH PLAIN, for letters beyond ASCII")
    code, said = server.docmd("AUTH PLAIN", b64encode(f"\0{name}\0{password}".encode()).decode())
    if code != _LOGGED_IN:
        raise smtplib.SMTPAuthenticationError(code, said)


def sender_of(settings: "Settings") -> Sender | None:
    """Return the way out that the settings name; None if nothing is to be sent."""
    if settings.notice_sender is not None:
        return FunctionSender(settings.notice_sender)
    if settings.notice_smtp_url is not None and settings.notice_from is not None:
        return MailSender(settings.notice_smtp_url.get_secret_value(), settings.notice_from)
    return None
