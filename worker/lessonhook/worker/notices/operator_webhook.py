"""POSTs notices to the operator's own webhook, on a best-effort basis and without delaying any delivery.

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
#: Number of notices that wait while the webhook is slow. Further ones are only logged.
_WAITING: Final = 1_000
#: A webhook that is being deployed is back after a moment. Notices that fail for longer are only logged.
_TRIES: Final = Retry(total=3, backoff_factor=0.5, status_forcelist=(429, 502, 503, 504), allowed_methods=None)
_ACCEPTED: Final = range(200, 300)
#: The kinds of notices that an operator is called for. The others are only logged.
_POSTED: Final = frozenset(
    {
        NoticeKind.SUBSCRIBER_PAUSED,
        NoticeKind.SUBSCRIBER_RESUMED,
        NoticeKind.EVENT_REFUSED,
        NoticeKind.EVENT_EXPIRED,
        NoticeKind.SUBSCRIBER_QUIET,
        NoticeKind.SUBSCRIBER_HEARD,
        NoticeKind.SUBSCRIBERS_QUIET,
        NoticeKind.LMS_QUIET,
        NoticeKind.LMS_HEARD,
    }
)


class _Adapter(HTTPAdapter):
    """requests' adapter with the authorities that deliveries trust."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool of connections."""
        super().init_poolmanager(*args, **kwargs, ssl_context=make_context())


class OperatorWebhook:
    """A queue and one thread that empties it. The URL is the operator's own, so private addresses are allowed.

    The environment's proxies and netrc have no effect, and redirects are not followed.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: queue.Queue[dict[str, Any]] = queue.Queue(maxsize=_WAITING)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lessonhook-operator-webhook", daemon=True)

    def start(self) -> None:
        """Start to receive notices and to POST them."""
        self._thread.start()
        noticed.connect(self.take, weak=False)

    def stop(self) -> None:
        """Stop to receive notices. POST the ones that wait, for at most one timeout."""
        noticed.disconnect(self.take)
        self._stopping.set()
        self._thread.join(_TIMEOUT_SECONDS)

    def take(self, notice: Notice, subscriber: str, **_: Any) -> None:
        """Queue a notice."""
        if notice.kind not in _POSTED:
            return
        data = {"subscriber": subscriber or None, "event_id": notice.event_id or None, "why": notice.why}
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
            # The error's text is not logged, because it names the URL, which may contain a secret.
            _log.warning("operator_webhook.failed", kind=notice["type"], error=type(error).__name__)
        else:
            if response.status_code not in _ACCEPTED:
                _log.warning("operator_webhook.failed", kind=notice["type"], status=response.status_code)
