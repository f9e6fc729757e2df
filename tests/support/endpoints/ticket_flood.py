"""An endpoint that responds to a POST with TLS session tickets, more of them than OpenSSL can work off in time."""

import socket
import ssl
import struct
from pathlib import Path
from typing import Final, cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tests.support.endpoints.raw_endpoints import Peer

_HANDSHAKE: Final = b"\x16"
#: NewSessionTicket (RFC 8446, section 4.6.1) as small as can be: its lifetime, its age, no nonce, a ticket of one byte.
_TICKET: Final = b"\x04" + (14).to_bytes(3, "big") + struct.pack(">IIBHcH", 3600, 1, 0, 1, b"x", 0)
_TICKETS_A_RECORD: Final = 900


class TicketFlood:
    """The behaviour of an `Endpoint`: after a request nothing but tickets, for as long as they are taken."""

    def __init__(self, context: ssl.SSLContext, folder: Path) -> None:
        self._secrets = folder / "secrets"
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # OpenSSL's own would be the first records under the key that ours are numbered with.
        context.num_tickets = 0
        context.keylog_filename = str(self._secrets)

    def __call__(self, peer: Peer) -> None:
        """Serve one connection."""
        peer.read_request()
        assert cast("ssl.SSLSocket", peer.sock).cipher()[0] == "TLS_AES_256_GCM_SHA384"  # type: ignore[index]
        key, start = AESGCM(self._derived("key", 32)), int.from_bytes(self._derived("iv", 12), "big")
        text = _TICKET * _TICKETS_A_RECORD + _HANDSHAKE
        head = b"\x17\x03\x03" + (len(text) + 16).to_bytes(2, "big")
        number = 0
        while not peer.stopping.is_set():
            nonce = (start ^ number).to_bytes(12, "big")
            # Below the TLS of the socket, which has no such thing to say.
            socket.socket.sendall(peer.sock, head + key.encrypt(nonce, text, head))
            number += 1

    def _derived(self, label: str, length: int) -> bytes:
        """Return what HKDF-Expand-Label makes of the server's secret (RFC 8446, section 7.1)."""
        lines = [line.split() for line in self._secrets.read_text().splitlines()]
        secret = next(bytes.fromhex(line[2]) for line in reversed(lines) if line[0] == "SERVER_TRAFFIC_SECRET_0")
        name = f"tls13 {label}".encode()
        info = struct.pack(">HB", length, len(name)) + name + b"\0"
        return HKDFExpand(algorithm=SHA384(), length=length, info=info).derive(secret)
