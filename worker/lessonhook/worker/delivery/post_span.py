"""A span for each POST, if OpenTelemetry is installed. It ends the trace that began with the LMS's request.

`opentelemetry-instrumentation-celery` makes the worker's own spans, one for each task. If the task and the POST belong
to one trace, the POST is a child of the task's span. If the task of another event carried the POST, it is a child of
the span in which its own event was published, and is linked to that task.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lessonhook.ledger import TRACING_INSTALLED, Kind, context_of, current_traceparent

if TYPE_CHECKING:
    from lessonhook.ledger import Delivery, Outcome


class PostSpan:
    """The span of one POST. It records no URL path, no header and no body."""

    def __init__(self, span: Any) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """The header by which an endpoint can continue the trace; "" if there is no trace."""
        return current_traceparent()

    def end(self, outcome: "Outcome") -> None:
        """Record the outcome."""
        if self._span is None or not self._span.is_recording():
            return
        from opentelemetry.trace import StatusCode  # noqa: PLC0415 - an extra

        if outcome.status is not None:
            self._span.set_attribute("http.response.status_code", outcome.status)
        if outcome.kind is not Kind.ACCEPTED:
            self._span.set_attribute("error.type", str(outcome.reason))
            self._span.set_status(StatusCode.ERROR, str(outcome))


def _is_traced() -> bool:
    """Return whether this process has a tracer provider: OpenTelemetry may be installed and not set up."""
    from opentelemetry import trace  # noqa: PLC0415 - an extra

    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


@contextmanager
def posting(subscriber: str, delivery: "Delivery", url: str) -> Iterator[PostSpan]:
    """Open a span while a delivery is POSTed to `url`."""
    if not TRACING_INSTALLED or not (delivery.traceparent or _is_traced()):
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
