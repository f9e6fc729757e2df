"""Lines come back by time, then by number, however few of them fit into memory."""

from datetime import UTC, datetime, timedelta

import pytest

from lessonhook.desk.acts import in_order as module
from lessonhook.desk.acts.in_order import InOrder

_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("batch_bytes", [1, 100, 1_000, 32_000_000])
def test_lines_come_by_time_then_by_number(batch_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a file for each line, which are merged when there are too many, or with no file at all."""
    monkeypatch.setattr(module, "_FILES", 7)
    lines = InOrder(batch_bytes)
    for number in range(100):
        lines.add(_NOON - timedelta(hours=number // 2), number, f"line {number}".encode())
    expected = sorted(range(100), key=lambda number: (-(number // 2), number))
    assert list(lines) == [(number, f"line {number}".encode()) for number in expected]


def test_a_time_of_any_zone_and_century_is_compared_as_a_moment() -> None:
    """Noon in UTC is before noon in New York."""
    lines = InOrder()
    moments = [
        datetime.fromisoformat(text) for text in ("2026-03-01T12:00-05:00", "2026-03-01T12:00Z", "1899-01-01T00:00Z")
    ]
    for number, moment in enumerate(moments):
        lines.add(moment, number, b"{}")
    assert [number for number, _ in lines] == [2, 1, 0]
