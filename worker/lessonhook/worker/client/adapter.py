"""The transport that `requests` sends by: the bytes as they are written, one deadline, checked addresses, no repeats.

requests' own adapter cannot keep these promises: it re-encodes the URL, resolves a name by itself after any check of
it, and starts its timeout anew with each byte. It also costs more than twice as much as what is here.
"""

import contextlib
import io
import random
import re
from collections.abc import Mapping
from http.client import HTTPException
from ipaddress import ip_address
from typing import Final

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from lessonhook.config import Settings
from lessonhook.ledger import Reason
from lessonhook.ledger.callback_url import CallbackUrl
from lessonhook.worker.client.answer import Answer, read_answer
from lessonhook.worker.client.connection import (
    IDLE_MARGIN_SECONDS,
    IDLE_SECONDS,
    Connection,
    KeptConnections,
    Key,
)
from lessonhook.worker.client.curfew import Curfew
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.dial import Dialer
from lessonhook.worker.client.failure import Failure, while_talking
from lessonhook.worker.client.proxy import Proxy
from lessonhook.worker.client.resolver import Resolver
from lessonhook.worker.client.tls import make_context
from lessonhook.worker.client.wire import NothingSent, render_head, send_all

#: The most that a deadline is put off by, a share of it: half a second of the usual fifteen.
_GRACE: Final = 0.03
_KEEP_ALIVE_SECONDS: Final = re.compile(r"\btimeout\s*=\s*([0-9]{1,6})\b", re.IGNORECASE)


class CallbackAdapter(BaseAdapter):
    """Sends prepared POSTs, for any number of threads and their sessions at once."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        proxy_url = settings.proxy_url
        self._deadline_seconds = settings.request_deadline_seconds
        self._grace_limit_seconds = settings.lease_margin_seconds / 2
        self._limit_bytes = settings.response_limit_bytes
        self._kept = KeptConnections(settings.worker_slots)
        self._proxy = Proxy.parse(proxy_url.get_secret_value()) if proxy_url is not None else None
        self._curfew = Curfew()
        self._dialer = Dialer(
            resolver=Resolver(),
            context=make_context(),
            curfew=self._curfew,
            allowed_networks=settings.allowed_private_networks,
            connect_timeout_seconds=settings.connect_timeout_seconds,
            proxy=self._proxy,
        )

    def send(  # noqa: PLR0917 - the signature is that of requests
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """POST and answer what came back, whatever its status; raise Failure if nothing did.

        `timeout` is for the whole exchange, name resolution to last byte. Of the answer's body the beginning is
        there. What would weaken the promises, `verify`, `cert` and `proxies`, is not listened to.
        """
        del stream, verify, cert, proxies
        deadline = self._deadline(timeout if isinstance(timeout, int | float) else self._deadline_seconds)
        try:
            url = CallbackUrl.parse(request.url or "")
        except ValueError as error:
            raise Failure(Reason.PROTOCOL, f"the callback URL cannot be used: it {error}") from None
        return _response(request, self._exchange(url, self._render(url, request), deadline))

    @property
    def credentials(self) -> tuple[str, ...]:
        """What is sent beside a subscription's own: the proxy's, which a plain request carries."""
        return self._proxy.credentials if self._proxy else ()

    def close(self) -> None:
        """Close the kept connections."""
        self._kept.close()

    @property
    def longest_seconds(self) -> float:
        """How long an exchange may last: the deadline with all of its grace."""
        return self._deadline_seconds + self._longest_grace(self._deadline_seconds)

    def _deadline(self, seconds: float) -> Deadline:
        """Set the exchange's deadline, with a little grace by chance: what began to hang together ends one by one."""
        return Deadline(seconds, grace_seconds=random.random() * self._longest_grace(seconds))

    def _longest_grace(self, seconds: float) -> float:
        return min(_GRACE * seconds, self._grace_limit_seconds)

    def _render(self, url: CallbackUrl, request: PreparedRequest) -> bytes:
        body = request.body
        if not isinstance(body, bytes):
            raise TypeError("a body must be bytes")
        headers: Mapping[str, str] = request.headers
        target, authority = url.target, url.authority
        if self._proxy is not None and url.scheme == "http":
            # A proxy is asked for plain HTTP by the whole URL (RFC 9112, section 3.2.2).
            authority = _unmistakable(url)
            target = f"http://{authority}{url.target}"
            if self._proxy.authorization:
                headers = {**headers, "Proxy-Authorization": self._proxy.authorization}
        try:
            return render_head(target, authority, headers, len(body)) + body
        except ValueError:
            # Only what an older release saved can be like this.
            raise Failure(Reason.PROTOCOL, "the Authorization value cannot be sent in a header; save it anew") from None

    def _exchange(self, url: CallbackUrl, data: bytes, deadline: Deadline) -> Answer:
        """Send once and read the answer.

        A POST may not be repeated by a client that cannot know whether it was acted upon (RFC 9110, section 9.2.2),
        and an endpoint can always close a kept connection while the request is on its way. What can be done without
        guessing is done: kept connections are few seconds old, are looked at right before they are used, and where
        one does not take a single byte, the request goes out on a new one, for the first time. What remains, a
        connection that ends after bytes went in, is a failed attempt, and the schedule repeats it with the same id.
        """
        kept = self._kept.take(Key(url.scheme, url.host, url.port))
        if kept is not None:
            with contextlib.suppress(NothingSent):
                return self._talk(kept, data, deadline)
        return self._talk(self._dialer.dial(url, deadline), data, deadline)

    def _talk(self, connection: Connection, data: bytes, deadline: Deadline) -> Answer:
        seconds = 0.0
        try:
            with self._curfew.watch(connection.sock, deadline):
                whole = _send(connection, data, deadline)
                answer = read_answer(connection.sock, deadline, self._limit_bytes)
            seconds = _idle_seconds(answer) if whole and answer.reusable else 0.0
        except NothingSent:
            raise
        except (OSError, HTTPException) as error:
            raise while_talking(error, deadline, reused=connection.reused) from None
        finally:
            if seconds > 0:
                self._kept.keep(connection, seconds)
            else:
                connection.close()
        return answer


def _unmistakable(url: CallbackUrl) -> str:
    """Answer the authority with an address as it was checked: a proxy may read 010.8.8.8 as 10.8.8.8."""
    try:
        address = ip_address(url.host)
    except ValueError:
        return url.authority
    host = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - the protocol's name
    return host if url.authority in {host, url.host} else f"{host}:{url.port}"


def _send(connection: Connection, data: bytes, deadline: Deadline) -> bool:
    """Send, and tell whether all of it was taken: an endpoint may answer and close before that; what it says counts.

    Raises NothingSent for a kept connection only: on a new one there may be an answer, or why TLS ends, to be read.
    """
    try:
        send_all(connection.sock, data, deadline)
    except ConnectionError as error:
        if connection.reused and isinstance(error, NothingSent):
            raise
        return False
    return True


def _idle_seconds(answer: Answer) -> float:
    said = _KEEP_ALIVE_SECONDS.search(answer.headers.get("Keep-Alive", ""))
    return min(IDLE_SECONDS, float(said[1]) - IDLE_MARGIN_SECONDS) if said else IDLE_SECONDS


def _response(request: PreparedRequest, answer: Answer) -> Response:
    response = Response()
    response.status_code = answer.status
    response.reason = answer.phrase
    response.headers = CaseInsensitiveDict(answer.headers.items())
    response.raw = io.BytesIO(answer.beginning)
    response.request = request
    response.url = request.url or ""
    return response
