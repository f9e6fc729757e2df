"""Posts notices to the operator's own webhook: best effort, never in the way of a delivery.

{"type": "subscriber.paused", "timestamp": "2026-11-24T03:40:59Z",
 "data": {"subscriber": "acme", "event_id": "…", "why": "status: 503"}}
"""

import queue
import threading
from datetime import UTC, datetime
from typing import Any, Final

import requests
import structlog
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from lessonhook.ledger import Notice, NoticeKind, noticed
from lessonhook.worker.client.tls import make_context

_log = structlog.get_logger("lessonhook.worker")
_TIMEOUT_SECONDS: Final = 5
#: Notices that wait while the webhook is slow; what comes on top is in the log only.
_WAITING: Final = 1_000
#: A webhook that is being deployed is back after a moment. What fails for longer is in the log only.
_TRIES: Final = Retry(total=3, backoff_factor=0.5, status_forcelist=(429, 502, 503, 504), allowed_methods=None)
_ACCEPTED: Final = range(200, 300)
#: What an operator is called for; the rest is in the log.
_POSTED: Final = frozenset(
    {
        NoticeKind.SUBSCRIBER_PAUSED,
        NoticeKind.SUBSCRIBER_RESUMED,
        NoticeKind.EVENT_REFUSED,
        NoticeKind.EVENT_EXPIRED,
    }
)


class _Adapter(HTTPAdapter):
    """requests' own, which trusts the authorities that deliveries trust."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool of connections."""
        super().init_poolmanager(*args, **kwargs, ssl_context=make_context())


class OperatorWebhook:
    """A queue and one thread that empties it; the URL is the operator's own: not guarded, and reached directly.

    Neither the environment's proxies and netrc nor a redirect leads a notice elsewhere.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: queue.Queue[dict[str, Any]] = queue.Queue(maxsize=_WAITING)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lessonhook-operator-webhook", daemon=True)

    def start(self) -> None:
        """Begin to listen and to post."""
        self._thread.start()
        noticed.connect(self.take, weak=False)

    def stop(self) -> None:
        """Listen no more; post what waits, for at most one timeout."""
        noticed.disconnect(self.take)
        self._stopping.set()
        self._thread.join(_TIMEOUT_SECONDS)

    def take(self, notice: Notice, subscriber: str, **_: Any) -> None:
        """Queue a notice."""
        if notice.kind not in _POSTED:
            return
        data = {"subscriber": subscriber, "event_id": notice.event_id or None, "why": notice.why}
        moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        try:
            self._waiting.put_nowait({"type": str(notice.kind), "timestamp": moment, "data": data})
        except queue.Full:
            _log.warning("operator_webhook.full", kind=str(notice.kind), subscriber=subscriber)

    def _run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, _Adapter(max_retries=_TRIES))
            while not (self._stopping.is_set() and self._waiting.empty()):
                try:
                    notice = self._waiting.get(timeout=0.2)
                except queue.Empty:
                    continue
                self._post(session, notice)

    def _post(self, session: requests.Session, notice: dict[str, Any]) -> None:
        try:
            response = session.post(self._url, json=notice, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
        except (requests.RequestException, HTTPError) as error:
            # Its text would name the URL, which may hold a secret.
            _log.warning("operator_webhook.failed", kind=notice["type"], error=type(error).__name__)
        else:
            if response.status_code not in _ACCEPTED:
                _log.warning("operator_webhook.failed", kind=notice["type"], status=response.status_code)
