"""Carries a trace from the request that publishes an event to the POST that delivers it, if OpenTelemetry is installed.

The ledger keeps the trace with the event, because often no message of its own leads to the POST: the event may be held,
posted in place by another event's task, or released by another event's success.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opentelemetry.context import Context

TRACEPARENT: Final = "traceparent"
#: Found without an import, so that an LMS without tracing pays nothing.
TRACING_INSTALLED: Final = find_spec("opentelemetry") is not None and find_spec("opentelemetry.trace") is not None


def current_traceparent() -> str:
    """Return the current span in the form of the W3C header; "" if there is none."""
    if not TRACING_INSTALLED:
        return ""
    from opentelemetry.trace import get_current_span  # noqa: PLC0415 - an extra

    # Most LMSs have no span, and the propagator takes ten times as long to find that out.
    if not get_current_span().get_span_context().is_valid:
        return ""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 - an extra

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get(TRACEPARENT, "")


def context_of(traceparent: str) -> "Context":
    """Return the context that a header names; an empty one if it names none."""
    from opentelemetry.context import Context  # noqa: PLC0415 - an extra
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 - an extra

    return TraceContextTextMapPropagator().extract({TRACEPARENT: traceparent}, context=Context())
