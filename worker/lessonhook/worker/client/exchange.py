"""One POST on the wire: the bytes as they are written, one deadline, checked addresses.

requests' own adapter cannot keep these promises: it re-encodes the URL, resolves a name by itself after any check of
it, and starts its timeout anew with each byte. It also blocks a thread for as long as an endpoint takes.
"""

import io
import random
import re
from collections.abc import Callable, Mapping
from http.client import HTTPException
from ipaddress import ip_address
from typing import Final

import structlog
from requests import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict

from lessonhook.config import Settings
from lessonhook.ledger import Reason
from lessonhook.ledger.subscriptions import CallbackUrl
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.dial import Dialer
from lessonhook.worker.client.endpoint_connection import EndpointConnection, Key, NothingSent
from lessonhook.worker.client.failure import Failure, while_talking
from lessonhook.worker.client.idle_connections import IDLE_MARGIN_SECONDS, IDLE_SECONDS, IdleConnections
from lessonhook.worker.client.proxy import Proxy
from lessonhook.worker.client.raw_response import RawResponse
from lessonhook.worker.client.resolver import Resolver
from lessonhook.worker.client.stand_stills import StandStills
from lessonhook.worker.client.tls_contexts import TlsContexts
from lessonhook.worker.client.tls_identity import COMMON, TlsIdentity
from lessonhook.worker.client.wire import render_head

_log: Final = structlog.get_logger("lessonhook.client")
#: The most that a deadline is put off by, a share of it: half a second of the usual fifteen.
_GRACE: Final = 0.03
#: The most that a deadline moves because this worker's loop stood still, a share of the lease margin.
_MOVES: Final = 0.125
_KEEP_ALIVE_SECONDS: Final = re.compile(r"\btimeout\s*=\s*([0-9]{1,6})\b", re.IGNORECASE)


class _EndedUnseen(Exception):
    """A reused connection ended before the first byte of a response."""


class Exchange:
    """Sends prepared POSTs, any number at once. Used on one loop only."""

    def __init__(self, settings: Settings, *, on_repeat: Callable[[], None] | None = None) -> None:
        proxy_url = settings.proxy_url
        self._deadline_seconds = settings.request_deadline_seconds
        self._grace_limit_seconds = settings.lease_margin_seconds / 2
        self._moves_seconds = _MOVES * settings.lease_margin_seconds
        self._limit_bytes = settings.response_limit_bytes
        self._proxy = Proxy.parse(proxy_url.get_secret_value()) if proxy_url is not None else None
        self._on_repeat = on_repeat
        self._stand_stills = StandStills()
        self.idle = IdleConnections(settings.worker_slots)
        self.dialer = Dialer(
            resolver=Resolver(),
            contexts=TlsContexts(),
            allowed_networks=settings.allowed_private_networks,
            connect_timeout_seconds=settings.connect_timeout_seconds,
            proxy=self._proxy,
        )

    async def send(
        self, request: PreparedRequest, deadline_seconds: float | None = None, identity: TlsIdentity = COMMON
    ) -> Response:
        """POST and return what came back, whatever its status; raise Failure if nothing did.

        `deadline_seconds` is for the whole exchange, name resolution to last byte; None: the operator's setting. Of
        the response's body the beginning is there.
        """
        with self._stand_stills.watched():
            deadline = self._deadline(deadline_seconds or self._deadline_seconds)
            try:
                url = CallbackUrl.parse(request.url or "")
            except ValueError as error:
                raise Failure(Reason.PROTOCOL, f"the callback URL cannot be used: it {error}") from None
            key = Key(url.scheme, url.host, url.port, identity)
            return _response(request, await self._exchange(key, self._render(url, request), deadline))

    @property
    def credentials(self) -> tuple[str, ...]:
        """What is sent beside a subscription's own: the proxy's, which a plain request carries."""
        return self._proxy.credentials if self._proxy else ()

    @property
    def longest_seconds(self) -> float:
        """How long an exchange may last: the deadline, put off as far as it may be."""
        return self._deadline_seconds + self.longest_grace_seconds + self._moves_seconds

    @property
    def longest_grace_seconds(self) -> float:
        """The most that a deadline is put off by at random."""
        return self._longest_grace(self._deadline_seconds)

    def close(self) -> None:
        """Close the kept connections."""
        self._stand_stills.close()
        self.idle.close()
        self.dialer.contexts.close()

    def _deadline(self, seconds: float) -> Deadline:
        """Set the exchange's deadline, with a little random grace: what began to hang together ends one by one."""
        return Deadline(
            seconds,
            grace_seconds=random.random() * self._longest_grace(seconds),
            moves_seconds=self._moves_seconds,
            stood_still=self._stand_stills.seconds,
        )

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

    async def _exchange(self, key: Key, data: bytes, deadline: Deadline) -> RawResponse:
        """Send, and read the response; send once more where a kept connection ended without a byte of one.

        An endpoint can close a kept connection while the request is on its way. What can be done without guessing is
        done: kept connections are few seconds old, are looked at right before they are used, and where one takes no
        byte, the request goes out on a new one, for the first time. What remains is a connection that ended after
        bytes went in. Most servers did not see them, and a client may not know (RFC 9110, section 9.2.2). The promise
        is delivery at least once, with the same id, so the request goes out again, once.
        """
        kept = self.idle.take(key)
        if kept is not None:
            try:
                return await self._talk(kept, data, deadline)
            except NothingSent:
                pass
            except _EndedUnseen:
                self.idle.distrust(key)
                _log.info("client.repeated", host=key.host, because="a kept connection ended without a response")
                if self._on_repeat is not None:
                    self._on_repeat()
        return await self._talk(await self.dialer.dial(key, deadline), data, deadline)

    async def _talk(self, connection: EndpointConnection, data: bytes, deadline: Deadline) -> RawResponse:
        seconds = 0.0
        try:
            response = await connection.post(data, deadline, self._limit_bytes)
            if connection.whole and response.reusable and connection.open:
                seconds = _idle_seconds(response)
        except NothingSent:
            raise
        except (OSError, HTTPException) as error:
            unseen = connection.reused and not connection.response_begun and isinstance(error, ConnectionError)
            if unseen and deadline.over_by() < 0:
                raise _EndedUnseen from None
            raise while_talking(error, deadline, connection.key.identity, reused=connection.reused) from None
        finally:
            self.idle.keep(connection, seconds)
        return response


def _unmistakable(url: CallbackUrl) -> str:
    """Return the authority with an address as it was checked: a proxy may read 010.8.8.8 as 10.8.8.8."""
    try:
        address = ip_address(url.host)
    except ValueError:
        return url.authority
    host = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - the protocol's name
    return host if url.authority in {host, url.host} else f"{host}:{url.port}"


def _idle_seconds(response: RawResponse) -> float:
    said = _KEEP_ALIVE_SECONDS.search(response.headers.get("Keep-Alive", ""))
    return min(IDLE_SECONDS, float(said[1]) - IDLE_MARGIN_SECONDS) if said else IDLE_SECONDS


def _response(request: PreparedRequest, raw: RawResponse) -> Response:
    response = Response()
    response.status_code = raw.status
    response.reason = raw.phrase
    response.headers = CaseInsensitiveDict(raw.headers.items())
    response.raw = io.BytesIO(raw.beginning)
    response.request = request
    response.url = request.url or ""
    return response
