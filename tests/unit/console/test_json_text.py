"""JSON with an item a line is that of Python's own encoder, byte for byte."""

import json
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lessonhook.console.views.json_text import json_text
from lessonhook.desk import Condition

_SCALARS = some.none() | some.booleans() | some.integers() | some.floats() | some.text()
_DOCUMENTS = some.recursive(
    _SCALARS,
    lambda within: some.lists(within) | some.dictionaries(some.text() | some.integers() | some.booleans(), within),
    max_leaves=20,
)


@given(document=_DOCUMENTS, in_ascii=some.booleans())
def test_it_is_what_python_s_own_encoder_writes(document: Any, in_ascii: bool) -> None:
    """Whatever is nested in whatever, and in which script it is."""
    assert json_text(document, in_ascii=in_ascii) == json.dumps(document, indent=2, ensure_ascii=in_ascii)


def test_words_of_an_enumeration_are_texts() -> None:
    """As keys and as values; a tuple is a list."""
    document: dict[str, Any] = {"by": {Condition.PAUSED: 1, "more": [Condition.WELL]}, "none": (), "two": (1, [{}])}
    assert json_text(document, in_ascii=False) == json.dumps(document, indent=2)


def test_a_row_of_figures_is_written_by_the_encoder_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's encoder would make 130 pieces of each of 10,000 subscribers."""

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("it was put together by Python")

    monkeypatch.setattr("json.encoder._make_iterencode", refuse)
    rows = [{"subscriber": "acme", "held": 1, "paused": None}] * 3
    assert json.loads(json_text({"subscribers": rows}, in_ascii=False)) == {"subscribers": rows}
