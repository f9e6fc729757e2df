"""Spans of several processes in one file: each writes there what it ends, and the test reads what became of them."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

#: Names the file, for the processes.
SPANS = "SPANS_FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span that has ended; ids as W3C writes them."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str | None
    links: tuple[str, ...]
    attributes: dict[str, Any]
    error: str | None


class _Writer(SpanExporter):
    def __init__(self, path: Path) -> None:
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append a line for each span; short appends of several threads and processes do not mix."""
        for span in spans:
            with self._path.open("a") as lines:
                lines.write(json.dumps(_facts(span)) + "\n")
        return SpanExportResult.SUCCESS


def _facts(span: ReadableSpan) -> dict[str, Any]:
    context = span.get_span_context()
    assert context is not None
    return {
        "name": span.name,
        "kind": span.kind.name,
        "trace_id": f"{context.trace_id:032x}",
        "span_id": f"{context.span_id:016x}",
        "parent_id": f"{span.parent.span_id:016x}" if span.parent else None,
        "links": [f"{link.context.span_id:016x}" for link in span.links],
        "attributes": dict(span.attributes or {}),
        "error": span.status.description,
    }


def trace_this_process() -> None:
    """Do what an application does that is traced: a provider, an exporter, the instrumentation of Celery."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(_Writer(Path(os.environ[SPANS]))))
    trace.set_tracer_provider(provider)
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]  # its maker left it untyped


def read_spans(path: Path) -> list[Span]:
    """Return every span that has ended until now."""
    # What stands behind the last line's end is being written.
    lines = path.read_text().rpartition("\n")[0].splitlines() if path.exists() else []
    return [Span(**facts | {"links": tuple(facts["links"])}) for facts in map(json.loads, lines)]
