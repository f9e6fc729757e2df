"""Why a mail server took no mail, in words that an operator can act on. They name no person and no password."""

import smtplib
import socket
import ssl
from typing import Final

_PORTS: Final = "smtps:// is usual at port 465, and smtp+starttls:// at 587"
#: The first kind that fits decides. The braces take the code of the server's reply, or Python's words for a refusal.
_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (smtplib.SMTPAuthenticationError, "the name or the password of LESSONHOOK_NOTICE_SMTP_URL is refused ({})"),
    (smtplib.SMTPSenderRefused, "the sender is refused ({}): LESSONHOOK_NOTICE_FROM, or there must be a login"),
    (smtplib.SMTPRecipientsRefused, "each address is refused ({})"),
    (smtplib.SMTPResponseException, "the mail is refused ({})"),
    (smtplib.SMTPNotSupportedError, "the server lacks something: {}"),
    (smtplib.SMTPServerDisconnected, f"the server ended the connection; {_PORTS}"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted: {}; SSL_CERT_FILE names an authority of your own"),
    (ssl.SSLError, f"no TLS; {_PORTS}"),
    (socket.gaierror, "the server's name is not known"),
    (TimeoutError, "no response in time"),
    (ConnectionRefusedError, "the connection is refused"),
)


def is_of_one_customer(error: Exception) -> bool:
    """Return whether the mail failed for its addresses: the server took the connection, and takes other mails."""
    return isinstance(error, smtplib.SMTPRecipientsRefused)


def mail_trouble(error: Exception) -> str:
    """Return what went wrong and where to look; "" for an error that is not of a mail server."""
    words = next((words for kind, words in _WORDS if isinstance(error, kind)), "")
    return words.format(_detail(error))


def _detail(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return str(error.smtp_code)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return ", ".join(sorted({str(code) for code, _ in error.recipients.values()}))
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    # Python's own words, which are of no server.
    return str(error) if isinstance(error, smtplib.SMTPNotSupportedError) else ""
