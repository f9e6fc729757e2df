"""A mail server on the loopback that keeps what it gets, refuses, or hangs: real SMTP, also with TLS."""

import socketserver
import ssl
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Final

from tests.support.patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from email.message import EmailMessage

_REPLIES: Final = {b"HELO": "250 mail.test", b"RSET": "250 ok"}


class MailServer:
    """What a test reads and sets; all is used by the threads of the connections."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        #: The envelope's addresses of each mail, and whether the connection was encrypted.
        self.recipients: list[list[str]] = []
        self.encrypted: list[bool] = []
        #: Connections until now.
        self.connections = 0
        self.is_refusing = False
        self.is_hanging = False
        #: An address that is refused while others are accepted.
        self.refused_address = ""
        #: Called before such a refusal is sent.
        self.on_refusal: Callable[[], object] = lambda: None
        #: The name and the password that it demands, joined by a zero; "" if it demands none.
        self.login = ""
        self.farewell = "221 bye"
        #: With `starttls` a client may ask for TLS; with `smtps` each connection begins with it.
        self.tls: ssl.SSLContext | None = None
        self.scheme = "smtp"
        #: Set when a connection that hung may end.
        self.released = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        """The value of LESSONHOOK_NOTICE_SMTP_URL."""
        return self.url_for()

    def url_for(self, credentials: str = "", scheme: str = "") -> str:
        """Return that value with credentials, such as `name:password`, or for another scheme."""
        login = f"{credentials}@" if credentials else ""
        return f"{scheme or self.scheme}://{login}127.0.0.1:{self.port}"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


class _Conversation(socketserver.StreamRequestHandler):
    """One connection. `kept` is the server that a test sees."""

    kept: MailServer

    def handle(self) -> None:
        self.kept.connections += 1
        if self.kept.is_hanging:
            self.kept.released.wait(PATIENCE_SECONDS)
            return
        self._is_encrypted = False
        self._is_logged_in = not self.kept.login
        self._recipients: list[str] = []
        try:
            if self.kept.scheme == "smtps":
                self._encrypt()
            self._say("220 mail.test")
            self._converse()
        except (OSError, ssl.SSLError):
            # The client went, which some tests are about.
            return

    def finish(self) -> None:
        """Close what TLS put in place of the server's own socket too."""
        super().finish()
        self.connection.close()

    def _converse(self) -> None:
        steps = {b"EHLO": self._greet, b"STAR": self._start_tls, b"AUTH": self._log_in, b"MAIL": self._begin}
        steps |= {b"RCPT": self._add, b"DATA": self._take}
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"QUIT":
                self._say(self.kept.farewell)
                return
            if command in steps:
                steps[command](line.decode())
            else:
                self._say(_REPLIES.get(command, "502 unknown"))

    def _greet(self, _: str) -> None:
        offers = ["mail.test"]
        if self.kept.scheme == "smtp+starttls" and not self._is_encrypted:
            offers.append("STARTTLS")
        elif self.kept.login:
            offers.append("AUTH PLAIN")
        for offer in offers[:-1]:
            self._say(f"250-{offer}")
        self._say(f"250 {offers[-1]}")

    def _start_tls(self, _: str) -> None:
        self._say("220 go on")
        self._encrypt()

    def _encrypt(self) -> None:
        assert self.kept.tls is not None
        self.rfile.close()
        self.connection = self.kept.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self._is_encrypted = True

    def _log_in(self, line: str) -> None:
        _, name, password = b64decode(line.split()[2]).decode().split("\0")
        self._is_logged_in = self.kept.login == f"{name}\0{password}"
        self._say("235 ok" if self._is_logged_in else "535 not known")

    def _begin(self, _: str) -> None:
        self._recipients = []
        self._say("250 ok" if self._is_logged_in else "530 log in first")

    def _add(self, line: str) -> None:
        address = line.partition("<")[2].partition(">")[0]
        if address == self.kept.refused_address:
            self.kept.on_refusal()
            self._say("550 nobody of that name")
            return
        self._recipients.append(address)
        self._say("451 later" if self.kept.is_refusing else "250 ok")

    def _take(self, _: str) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        parsed: Any = message_from_bytes(b"".join(lines), policy=policy.default)
        self.kept.recipients.append(self._recipients)
        self.kept.encrypted.append(self._is_encrypted)
        self.kept.mails.append(parsed)
        self._say("250 kept")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Serve until the end of the `with`."""
    kept = MailServer()
    handler = type("Conversation", (_Conversation,), {"kept": kept})
    with _Server(("127.0.0.1", 0), handler) as server:
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            kept.released.set()
            server.shutdown()
            thread.join()
