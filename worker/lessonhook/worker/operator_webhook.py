"""Posts notices to the operator's own webhook: best effort, never in the way of a delivery.

{"type": "subscriber.paused", "timestamp": "2026-11-24T03:40:59Z",
 "data": {"subscriber": "acme", "event_id": "…", "why": "status: 503"}}
"""

import queue
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import requests
import structlog
from celery import bootsteps

from lessonhook.ledger import Notice, NoticeKind, noticed

if TYPE_CHECKING:
    from lessonhook.config import Settings

_log = structlog.get_logger("lessonhook.worker")
_TIMEOUT_SECONDS: Final = 5
#: Notices that wait while the webhook is slow; what comes on top is in the log only.
_WAITING: Final = 1_000
#: What an operator is called for; the rest is in the log.
_POSTED: Final = frozenset(
    {
        NoticeKind.SUBSCRIBER_PAUSED,
        NoticeKind.SUBSCRIBER_RESUMED,
        NoticeKind.EVENT_REFUSED,
        NoticeKind.EVENT_EXPIRED,
    }
)


class OperatorWebhook:
    """A queue and one thread that empties it; the URL is the operator's own and is not guarded."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: queue.Queue[dict[str, Any] | None] = queue.Queue(maxsize=_WAITING)
        self._thread = threading.Thread(target=self._run, name="lessonhook-operator-webhook", daemon=True)

    def start(self) -> None:
        """Begin to listen and to post."""
        self._thread.start()
        noticed.connect(self.take, weak=False)

    def stop(self) -> None:
        """Listen no more; post what waits, for at most one timeout."""
        noticed.disconnect(self.take)
        self._waiting.put(None)
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
            while (body := self._waiting.get()) is not None:
                try:
                    session.post(self._url, json=body, timeout=_TIMEOUT_SECONDS).raise_for_status()
                except requests.RequestException as error:
                    _log.warning("operator_webhook.failed", kind=body["type"], error=type(error).__name__)


class OperatorWebhookStep(bootsteps.StartStopStep):
    """Runs the operator's webhook in a worker, if there is one."""

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._webhook: OperatorWebhook | None = None

    def start(self, worker: Any) -> None:
        """Begin, if a URL is set."""
        settings: Settings = worker.app.settings
        if settings.operator_webhook_url:
            self._webhook = OperatorWebhook(settings.operator_webhook_url.get_secret_value())
            self._webhook.start()

    def stop(self, worker: Any) -> None:
        """End with the worker."""
        del worker
        if self._webhook:
            self._webhook.stop()
