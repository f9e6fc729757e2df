"""Without OpenTelemetry nothing is traced, nothing is looked for, and everything is delivered."""

import pytest
from opentelemetry import trace

from lessonhook.ledger.outgoing import tracing as ledger_tracing
from lessonhook.worker.delivery import post_span
from tests.unit.worker.samples import ACCEPTED, DELIVERY


def test_without_opentelemetry_a_post_has_no_span(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra: the span is nothing, and takes what it is told."""
    monkeypatch.setattr(post_span, "TRACING_INSTALLED", False)
    monkeypatch.setattr(ledger_tracing, "TRACING_INSTALLED", False)
    with post_span.posting("acme", DELIVERY, "https://lms.example/hook?secret=1") as span:
        assert span.traceparent == ""
        span.end(ACCEPTED)


def test_with_it_and_no_provider_no_span_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A span that nobody records costs as much as one that somebody does."""
    made: list[str] = []
    monkeypatch.setattr(trace, "get_tracer_provider", trace.ProxyTracerProvider)
    monkeypatch.setattr(trace, "get_tracer", made.append)
    with post_span.posting("acme", DELIVERY, "https://lms.example/hook") as span:
        assert span.traceparent == ""
    assert made == []


def test_with_it_and_no_provider_nothing_is_recorded() -> None:
    """Installed by something else and not set up: no trace is made, and none is sent on."""
    with post_span.posting("acme", DELIVERY, "https://lms.example/hook?secret=1") as span:
        assert span.traceparent == ""
        span.end(ACCEPTED)
    assert ledger_tracing.current_traceparent() == ""
