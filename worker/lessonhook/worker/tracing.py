"""A span for each POST, if OpenTelemetry is installed: it ends the trace that began with the LMS's request.

The worker's own spans, one for each task, are those of `opentelemetry-instrumentation-celery`. A POST is a child of the
task's span where both are of one trace. Where another event's task carried it, it is a child of the span that its own
event was published in, and linked to that task.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lessonhook.ledger import Kind
from lessonhook.ledger.tracing import INSTALLED, context_of, current_traceparent

if TYPE_CHECKING:
    from lessonhook.ledger import Delivery, Outcome


class PostSpan:
    """The span of one POST; of what it is told, nothing is a URL's path, a header or a body."""

    def __init__(self, span: Any) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """What an endpoint that is to continue the trace is sent; "" if there is no trace."""
        return current_traceparent()

    def end(self, outcome: "Outcome") -> None:
        """Tell how it ended."""
        if self._span is None or not self._span.is_recording():
            return
        from opentelemetry.trace import StatusCode  # noqa: PLC0415 - an extra

        if outcome.status is not None:
            self._span.set_attribute("http.response.status_code", outcome.status)
        if outcome.kind is not Kind.ACCEPTED:
            self._span.set_attribute("error.type", str(outcome.reason))
            self._span.set_status(StatusCode.ERROR, str(outcome))


@contextmanager
def posting(subscriber: str, delivery: "Delivery", url: str) -> Iterator[PostSpan]:
    """Have a span while a delivery is posted to `url`."""
    if not INSTALLED:
        yield PostSpan(None)
        return
    from opentelemetry import trace  # noqa: PLC0415 - an extra

    task = trace.get_current_span().get_span_context()
    context, links = None, []
    if delivery.traceparent:
        published = context_of(delivery.traceparent)
        if trace.get_current_span(published).get_span_context().trace_id != task.trace_id:
            context = published
            links = [trace.Link(task)] if task.is_valid else []
    parts = urlsplit(url)
    attributes: dict[str, str | int] = {
        "http.request.method": "POST",
        "server.address": parts.hostname or "",
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
        "lessonhook.subscriber": subscriber,
        "lessonhook.event_id": delivery.event_id,
        "lessonhook.attempt": delivery.attempt,
    }
    tracer = trace.get_tracer("lessonhook")
    with tracer.start_as_current_span(
        "POST", context=context, kind=trace.SpanKind.CLIENT, attributes=attributes, links=links
    ) as span:
        yield PostSpan(span)
