"""A trace goes from the LMS's request to the POST, however the event was carried, and to the endpoint only if asked."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lessonhook.config import TASK_NAME
from lessonhook.console.processes import wait_until
from tests.integration.conftest import OpenHouse
from tests.support.endpoints.exchange import ACCEPTED, FAILED, HANGS
from tests.support.environment import environment_of
from tests.support.observability.spans import SPANS, Span, read_spans
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House
from tests.support.people.stored_fields import event_fields
from tests.support.rooms import ROOT

_RUN = f"run/{TASK_NAME}"


class Traced:
    """A system whose worker and whose LMS are traced into one file."""

    def __init__(self, house: House, file: Path) -> None:
        self.house = house
        self._file = file

    def start_worker(self, **changes: Any) -> None:
        """Start a traced worker."""
        self.house.workers.start(
            settings=self.house.settings.model_copy(update=changes),
            env={SPANS: str(self._file), "LESSONHOOK_WORKER_IMPORTS": '["tests.support.observability.traced_worker"]'},
        )

    def publish(self, customer: Customer, count: int = 1) -> dict[str, Any]:
        """Let a traced LMS publish in a process of its own; return what it printed."""
        finished = subprocess.run(
            [sys.executable, "-m", "tests.support.observability.traced_lms", customer.name, str(count)],
            env={**environment_of(self.house.settings), SPANS: str(self._file)},
            cwd=ROOT,
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert finished.returncode == 0, finished.stderr
        printed: dict[str, Any] = json.loads(finished.stdout)
        return printed

    def spans(self, name: str) -> list[Span]:
        """Return the spans of a name that have ended."""
        return [span for span in read_spans(self._file) if span.name == name]

    def posts(self, count: int) -> list[Span]:
        """Wait for the spans of so many POSTs, and for those of the tasks that made them."""
        wait_until(
            lambda: len(self.spans("POST")) >= count, PATIENCE_SECONDS, lambda: f"{count} spans; {self.spans('POST')}"
        )
        parents = {span.parent_id for span in self.spans("POST")} | {
            link for span in self.spans("POST") for link in span.links
        }
        wait_until(
            lambda: parents <= {span.span_id for span in read_spans(self._file)},
            PATIENCE_SECONDS,
            "the spans that those hang on",
        )
        return self.spans("POST")


@pytest.fixture
def traced(own_house: OpenHouse, tmp_path: Path) -> Iterator[Traced]:
    """Yield a traced system without a worker."""
    with own_house() as house:
        yield Traced(house, tmp_path / "spans")


def test_a_trace_goes_from_the_request_to_the_post(traced: Traced) -> None:
    """The LMS's request, its publish, the worker's task, the POST: each a child of the one before."""
    customer = traced.house.customer()
    traced.start_worker()
    [event_id] = traced.publish(customer)["ids"]
    [post] = traced.posts(1)
    [request], [sent], [run] = (traced.spans(name) for name in ("request 0", f"apply_async/{TASK_NAME}", _RUN))
    assert [request.kind, sent.kind, run.kind, post.kind] == ["INTERNAL", "PRODUCER", "CONSUMER", "CLIENT"]
    assert [sent.parent_id, run.parent_id, post.parent_id] == [request.span_id, sent.span_id, run.span_id]
    assert {span.trace_id for span in (request, sent, run, post)} == {request.trace_id}
    assert post.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": traced.house.receiver.port,
        "lessonhook.subscriber": customer.name,
        "lessonhook.event_id": event_id,
        "lessonhook.attempt": 1,
    }


def test_the_lms_is_left_as_it_was(traced: Traced) -> None:
    """No span of ours stays the current one of its request, and its own application is the current one."""
    customer = traced.house.customer()
    printed = traced.publish(customer, 3)
    assert (printed["stray_spans"], printed["app_changed"]) == (0, False)
    requests = [span for number in range(3) for span in traced.spans(f"request {number}")]
    assert [span.parent_id for span in requests] == [None] * 3


def test_what_was_drained_in_place_is_in_its_own_requests_trace(traced: Traced) -> None:
    """Held at first, posted by another event's task: a child of its own request, linked to that task."""
    customer = traced.house.customer(max_in_flight=1)
    ids = traced.publish(customer, 3)["ids"]
    traced.start_worker(drain_seconds=60.0)
    customer.wait_for(delivered=3)
    posts = {span.attributes["lessonhook.event_id"]: span for span in traced.posts(3)}
    [run] = traced.spans(_RUN)
    requests = [traced.spans(f"request {number}")[0] for number in range(3)]
    assert [posts[each].trace_id for each in ids] == [request.trace_id for request in requests]
    assert posts[ids[0]].parent_id == run.span_id
    for number in (1, 2):
        post = posts[ids[number]]
        assert (post.parent_id, post.links) == (requests[number].span_id, (run.span_id,))


def test_every_attempt_is_in_the_trace_and_says_why_it_failed(traced: Traced) -> None:
    """Three POSTs of one event, the last one accepted."""
    customer = traced.house.customer()
    customer.respond(FAILED, FAILED, ACCEPTED)
    traced.start_worker()
    traced.publish(customer)
    posts = traced.posts(3)
    [request] = traced.spans("request 0")
    assert {post.trace_id for post in posts} == {request.trace_id}
    assert [post.attributes["lessonhook.attempt"] for post in posts] == [1, 2, 3]
    assert [post.attributes.get("error.type") for post in posts] == ["status", "status", None]
    assert "500" in (posts[0].error or "")


def test_an_endpoint_is_sent_no_trace(traced: Traced) -> None:
    """It is another company's: what we call our requests is none of its business unless the operator says so."""
    customer = traced.house.customer()
    traced.start_worker()
    traced.publish(customer)
    [arrived] = customer.wait_for_posts(1)
    assert (arrived.values("traceparent"), arrived.values("tracestate")) == ([], [])


def test_an_endpoint_is_sent_the_posts_own_span_if_asked_for(traced: Traced) -> None:
    """The W3C header names the span of this very POST."""
    customer = traced.house.customer()
    traced.start_worker(send_traceparent=True)
    traced.publish(customer)
    [arrived] = customer.wait_for_posts(1)
    [post] = traced.posts(1)
    assert arrived.header("traceparent").startswith(f"00-{post.trace_id}-{post.span_id}-")


def test_an_untraced_lms_has_untraced_events(traced: Traced) -> None:
    """Nothing is stored that nobody made, and the worker's own spans begin a trace."""
    customer = traced.house.customer()
    customer.respond(HANGS, ACCEPTED)
    traced.start_worker()
    event_id = customer.publish()
    customer.wait_for_posts(1)
    assert "traceparent" not in event_fields(traced.house.ledger, customer.name, event_id)
    customer.release()
    [post] = traced.posts(1)
    [run] = traced.spans(_RUN)
    assert (post.parent_id, run.parent_id) == (run.span_id, None)
