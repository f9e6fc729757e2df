"""A mail server on the loopback that keeps what it gets, refuses, or hangs: real SMTP on a real socket."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Final

from tests.support.patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from email.message import EmailMessage

_REPLIES: Final = {b"EHLO": "250 mail.test", b"HELO": "250 mail.test", b"MAIL": "250 ok", b"RSET": "250 ok"}


class MailServer:
    """What a test reads and sets; all is used by the threads of the connections."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        #: The envelope's addresses of each mail.
        self.recipients: list[list[str]] = []
        #: Connections until now.
        self.connections = 0
        self.is_refusing = False
        self.is_hanging = False
        #: Set when a connection that hung may end.
        self.released = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        """The value of LESSONHOOK_NOTICE_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Serve until the end of the `with`."""
    kept = MailServer()

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            kept.connections += 1
            if kept.is_hanging:
                kept.released.wait(PATIENCE_SECONDS)
                return
            self._say("220 mail.test")
            recipients: list[str] = []
            while line := self.rfile.readline():
                command = line[:4].upper()
                if command == b"QUIT":
                    self._say("221 bye")
                    return
                if command == b"RCPT":
                    recipients.append(line.decode().partition("<")[2].partition(">")[0])
                    self._say("451 later" if kept.is_refusing else "250 ok")
                elif command == b"DATA":
                    self._say("354 go on")
                    self._keep(recipients)
                    self._say("250 kept")
                else:
                    self._say(_REPLIES.get(command, "502 unknown"))

        def _keep(self, recipients: list[str]) -> None:
            lines = []
            while (line := self.rfile.readline()) not in {b".\r\n", b""}:
                lines.append(line.removeprefix(b"."))
            parsed: Any = message_from_bytes(b"".join(lines), policy=policy.default)
            kept.recipients.append(recipients)
            kept.mails.append(parsed)

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with _Server(("127.0.0.1", 0), Conversation) as server:
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            kept.released.set()
            server.shutdown()
            thread.join()
