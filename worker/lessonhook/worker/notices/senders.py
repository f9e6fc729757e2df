"""The ways out for a notice: a mail server, or a function of the LMS."""

import smtplib
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote, urlsplit

from lessonhook.worker.client.tls import make_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from lessonhook.config import Settings
    from lessonhook.worker.notices.notice_text import CustomerNotice

#: For each step of the conversation with a mail server.
_TIMEOUT_SECONDS: Final = 10
_PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class Sender(Protocol):
    """A way out. `needs_addresses` says whether it sends nothing without."""

    needs_addresses: bool

    def send(self, notice: "CustomerNotice") -> None:
        """Send one notice, or raise."""


class FunctionSender:
    """Calls a function of the LMS, which knows its people's addresses itself. The function is imported at first use."""

    needs_addresses = False

    def __init__(self, name: str) -> None:
        self._module, _, self._function = name.partition(":")

    def send(self, notice: "CustomerNotice") -> None:
        """Call it; what it raises is logged, and it is called again later."""
        function: Callable[[CustomerNotice], object] = getattr(import_module(self._module), self._function)
        function(notice)


class MailSender:
    """Sends by SMTP. One connection for each notice, because there are few."""

    needs_addresses = True

    def __init__(self, url: str, sender: str) -> None:
        self._parts = urlsplit(url)
        self._from = sender

    def send(self, notice: "CustomerNotice") -> None:
        """Send one mail to all addresses. Raises OSError, of which `smtplib.SMTPException` is a kind."""
        with self._connect() as server:
            if self._parts.username:
                server.login(unquote(self._parts.username), unquote(self._parts.password or ""))
            # If only some addresses are refused, the others have it, and must not get it again.
            server.send_message(self._mail(notice))

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


def sender_of(settings: "Settings") -> Sender | None:
    """Return the way out that the settings name; None if nothing is to be sent."""
    if settings.notice_sender is not None:
        return FunctionSender(settings.notice_sender)
    if settings.notice_smtp_url is not None and settings.notice_from is not None:
        return MailSender(settings.notice_smtp_url.get_secret_value(), settings.notice_from)
    return None
