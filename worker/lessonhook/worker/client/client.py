"""POSTs to strangers' servers, and answers what came of it as a value; nothing that they do gets past it."""

import threading
import time
import traceback
from types import TracebackType
from typing import Final, Self

import requests
import structlog
from requests import Response, Session

from lessonhook.config import Settings
from lessonhook.ledger import Kind, Outcome, Reason
from lessonhook.worker.client.acknowledging import unconfirmed
from lessonhook.worker.client.adapter import CallbackAdapter
from lessonhook.worker.client.failure import Failure
from lessonhook.worker.client.masking import shown
from lessonhook.worker.client.request import Post, prepare
from lessonhook.worker.client.verdict import advice_for, kind_of, retry_after

_log: Final = structlog.get_logger("lessonhook.client")


class Client:
    """Makes attempts, for all threads of a process. Make one in each process, after it has forked.

    Each thread has a `requests.Session` of its own, since sessions are not made to be shared; below them one
    transport keeps the connections of all, so that an endpoint sees no more of them than it has POSTs at a time.
    """

    def __init__(self, settings: Settings) -> None:
        self._deadline_seconds = settings.request_deadline_seconds
        self._limit_bytes = settings.response_limit_bytes
        self._adapter = CallbackAdapter(settings)
        self._of_thread = threading.local()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def post(self, post: Post) -> Outcome:
        """Make one attempt and answer its outcome. Raises nothing, and takes no longer than the deadline."""
        started = time.monotonic()
        try:
            response = self._send(post)
            kind, reason = kind_of(response.status_code, response.headers)
        except Failure as failure:
            seconds = time.monotonic() - started
            return Outcome(kind=Kind.FAILED, reason=failure.reason, seconds=seconds, detail=failure.detail)
        except Exception as crash:  # noqa: BLE001 - the last net: an outcome must come back, whatever happened
            return _crash(crash, seconds=time.monotonic() - started)
        return Outcome(
            kind=kind,
            reason=reason,
            status=response.status_code,
            seconds=time.monotonic() - started,
            retry_after_seconds=retry_after(response.status_code, response.headers),
            detail=advice_for(response.status_code),
            answer=self._shown(response, post),
            unconfirmed=unconfirmed(post.subscription.acknowledgement, response) if kind is Kind.ACCEPTED else "",
        )

    @property
    def longest_seconds(self) -> float:
        """How long an attempt may last: the deadline, and the grace that some are given."""
        return self._adapter.longest_seconds

    def close(self) -> None:
        """Close what is kept open."""
        self._adapter.close()

    def _send(self, post: Post) -> Response:
        # Straight to the adapter: what a session does around it (cookies, redirects, netrc, proxy variables, merged
        # settings) either must not happen here or costs as much as the POST itself.
        request = prepare(post)
        adapter = self._session().get_adapter(request.url or "")
        return adapter.send(request, timeout=post.deadline_seconds or self._deadline_seconds)

    def _shown(self, response: Response, post: Post) -> str:
        try:
            content = response.content
            cut = len(content) >= self._limit_bytes
            return shown(content, post, credentials=self._adapter.credentials, cut=cut)
        except Exception as error:  # noqa: BLE001 - an answer that cannot be shown must not turn an acceptance into a crash
            _log.error("client.answer_unreadable", error=type(error).__name__)
            return ""

    def _session(self) -> Session:
        session: Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = self._of_thread.session = requests.Session()
            session.trust_env = False
            session.adapters.clear()
            session.mount("http://", self._adapter)
            session.mount("https://", self._adapter)
        return session


def _crash(crash: Exception, *, seconds: float) -> Outcome:
    """Answer for a fault of our own. Its type and its place are logged; its text may hold what was sent."""
    *_, place = traceback.extract_tb(crash.__traceback__)
    name = type(crash).__name__
    _log.error("client.crash", error=name, place=f"{place.filename}:{place.lineno}")
    return Outcome(
        kind=Kind.FAILED, reason=Reason.CRASH, seconds=seconds, detail=f"a fault of the worker's own ({name})"
    )
