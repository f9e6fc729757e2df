"""A document for scripts that is written row by row is the document that is written at once."""

import json
from typing import Any

import pytest

from lessonhook.console.views import output


@pytest.mark.parametrize("head", [{}, {"subscriber": "acme", "days": [{"day": "2026-03-01"}], "by_state": {}}])
@pytest.mark.parametrize("rows", [[], [{"a": 1}], [{"a": [1, {}]}, {"b": "é\u202e"}]])
def test_rows_are_written_as_they_come(
    capsys: pytest.CaptureFixture[str], head: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    """With no row, with one, with several; a mark of direction is an escape in both."""
    output.write_json_rows(head, "events", iter(rows))
    by_rows = capsys.readouterr().out
    output.write_json({**head, "events": rows})
    at_once = capsys.readouterr().out
    assert json.loads(by_rows) == {**head, "events": rows}
    assert by_rows == at_once
