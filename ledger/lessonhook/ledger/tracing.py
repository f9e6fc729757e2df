"""Where a trace comes from and goes to, if OpenTelemetry is installed; nothing at all otherwise.

An event carries the trace of the request that published it in the ledger, since most ways to its POST have no message
of its own: it may be held, drained in place, or released by another event's success.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opentelemetry.context import Context

TRACEPARENT: Final = "traceparent"
#: Looked up and not imported: an LMS that traces nothing pays nothing.
INSTALLED: Final = find_spec("opentelemetry") is not None and find_spec("opentelemetry.trace") is not None


def current_traceparent() -> str:
    """Answer the current span as the W3C header says it; "" if there is none."""
    if not INSTALLED:
        return ""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 - an extra

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get(TRACEPARENT, "")


def context_of(traceparent: str) -> "Context":
    """Answer the context that a header names; an empty one if it names none."""
    from opentelemetry.context import Context  # noqa: PLC0415 - an extra
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 - an extra

    return TraceContextTextMapPropagator().extract({TRACEPARENT: traceparent}, context=Context())
