"""The plain Celery task with one improvement: each thread keeps a `requests.Session`, and so its connections."""

import threading
from collections.abc import Sequence
from typing import Any

import requests

from bench.completions import AUTHORIZATION, Completion
from bench.peers.celery_app import make_app
from bench.peers.surroundings import DEADLINE_SECONDS, RETRIES, RETRY_DELAY_SECONDS, url_of

app: Any = make_app("bench.peers.kept_session")
_of_thread = threading.local()


def _session() -> requests.Session:
    session: requests.Session | None = getattr(_of_thread, "session", None)
    if session is None:
        session = _of_thread.session = requests.Session()
    return session


@app.task(bind=True, max_retries=RETRIES, default_retry_delay=RETRY_DELAY_SECONDS)  # type: ignore[untyped-decorator]  # Celery's decorators have no types
def post_completion(task: Any, url: str, authorization: str, event_id: str, payload: dict[str, Any]) -> None:
    """POST a completion; try again later if it is not accepted."""
    headers = {"Authorization": authorization, "webhook-id": event_id}
    try:
        _session().post(url, json=payload, headers=headers, timeout=DEADLINE_SECONDS).raise_for_status()
    except requests.RequestException as error:
        raise task.retry(exc=error) from error


def subscribe(subscribers: Sequence[str]) -> None:
    """Need no subscription: the URL travels in the message."""


def send(completion: Completion) -> None:
    """Publish one."""
    post_completion.delay(url_of(completion.subscriber), AUTHORIZATION, completion.event_id, completion.payload)
