"""That completions stopped is told to the LMS's operator; the company's page shows what it always shows."""

from collections.abc import Callable

import pytest

from lessonhook.desk import Condition, Desk
from lessonhook.ledger import Silence
from lessonhook.page import Viewer
from lessonhook.producer import Producer
from tests.page.visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.mark.usefixtures("customer")
def test_a_silence_changes_nothing_on_the_page(visit: Visit, ada: Viewer, desk: Desk, producer: Producer) -> None:
    """Its endpoint is well, and its people can do nothing about it."""
    visitor = visit(ada)
    before = visitor.get().text.partition('<div class="lh-status')[2].partition("</div>")[0]
    assert "lh-is-new" in before
    ledger = producer.ledger
    now_ms = ledger.now_ms()
    silence = Silence(since_ms=now_ms - 432_000_000, noticed_ms=now_ms, per_year=0.01, expected=90.0)
    ledger.silences.write({"acme": silence}, now_ms)
    assert desk.of("acme").state().condition is Condition.QUIET
    assert visitor.get().text.partition('<div class="lh-status')[2].partition("</div>")[0] == before
